-- Run once by the database's image, as its superuser. Who owns the tables is not who works with them: the bot's role
-- gets its rights from `vi-bot store migrate`, and can take no entry out of the trail.
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner_password`
\set bot_password `cat /run/secrets/bot_password`
CREATE ROLE vi_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE vi_bot LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'bot_password';
CREATE DATABASE vi OWNER vi_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE vi FROM PUBLIC;
GRANT CONNECT ON DATABASE vi TO vi_bot;
