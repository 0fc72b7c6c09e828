-- How the vault is looked after, as somebody wished it.

create table vault_setting (
    name  varchar(63)  not null primary key,
    value varchar(255) not null
);
