#!/bin/sh
	create "$USER"  
