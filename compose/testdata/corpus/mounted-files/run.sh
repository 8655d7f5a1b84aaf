#!/bin/sh
echo "$HOME $$ ${A}"
