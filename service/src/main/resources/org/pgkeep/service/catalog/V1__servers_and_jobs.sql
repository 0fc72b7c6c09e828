-- What is wanted. SQL that both SQLite and PostgreSQL understand. Times are microseconds since 1970-01-01T00:00:00Z.

create table server (
    id         varchar(36)   not null primary key,
    namespace  varchar(63)   not null,
    name       varchar(63)   not null,
    version    varchar(32)   not null,
    port       integer       not null,
    wanted     varchar(16)   not null,
    settings   varchar(8000) not null,
    created_at bigint        not null,
    deleted_at bigint
);

-- a name belongs to one server at a time; deleted servers have an id only
create unique index server_name on server (namespace, name) where wanted <> 'DELETED';

create table job (
    id          varchar(36)   not null primary key,
    kind        varchar(16)   not null,
    server_id   varchar(36)   not null,
    namespace   varchar(63)   not null,
    server_name varchar(63)   not null,
    name        varchar(255)  not null,
    parameters  text          not null,
    state       varchar(16)   not null,
    attempts    integer       not null,
    error       text,
    result      text,
    plan        text,
    notes       text          not null,
    created_at  bigint        not null,
    started_at  bigint,
    finished_at bigint
);

create index job_state on job (state, created_at);
create index job_server on job (server_id, created_at);
