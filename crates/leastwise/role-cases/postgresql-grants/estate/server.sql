--
-- PostgreSQL database cluster dump
--

CREATE ROLE dashboard;
ALTER ROLE dashboard WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE owner;
ALTER ROLE owner WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;

--
-- PostgreSQL database dump
--

-- Dumped from database version 17.5
-- Dumped by pg_dump version 17.5

CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';
ALTER DATABASE shop OWNER TO owner;
REVOKE CONNECT,TEMPORARY ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO dashboard;

\connect shop

CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO owner;

CREATE FUNCTION app.total(a integer, b text) RETURNS integer
    LANGUAGE sql
    AS $$ select 1; $$;
ALTER FUNCTION app.total(a integer, b text) OWNER TO owner;
REVOKE ALL ON FUNCTION app.total(a integer, b text) FROM PUBLIC;

CREATE TABLE app.orders (
    id integer NOT NULL,
    customer text
);
ALTER TABLE app.orders OWNER TO owner;

CREATE TABLE app."Odd ""name/" (
    id integer
);
ALTER TABLE app."Odd ""name/" OWNER TO owner;

CREATE SEQUENCE app.numbers
    START WITH 1
    INCREMENT BY 1;
ALTER SEQUENCE app.numbers OWNER TO owner;

@RENDERED@
