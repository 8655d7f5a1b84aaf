-- What the API serves: each table of the schema api, with the rights of the
-- role visitor.
create role visitor nologin;
create role authenticator login noinherit;
grant visitor to authenticator;

create schema api;
create table api.notes (
    id      bigint generated always as identity primary key,
    body    text not null check (length(body) > 0),
    written timestamptz not null default now()
);

grant usage on schema api to visitor;
grant select, insert on api.notes to visitor;

insert into api.notes (body) values ('Pack this application with ocompose.');
