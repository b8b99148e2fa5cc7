--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';
ALTER DATABASE shop OWNER TO owner;

\connect shop

CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO owner;

CREATE TABLE app.orders (
    id integer,
    customer text
);
ALTER TABLE app.orders OWNER TO owner;

CREATE TABLE app.cards (
    id integer
);
ALTER TABLE app.cards OWNER TO owner;

GRANT CONNECT ON DATABASE shop TO "report-job";
GRANT USAGE ON SCHEMA app TO "report-job";
GRANT SELECT,INSERT ON TABLE app.orders TO "report-job" WITH GRANT OPTION;
GRANT DELETE ON TABLE app.orders TO "report-job";
GRANT UPDATE(customer) ON TABLE app.orders TO "report-job";
GRANT SELECT ON TABLE app.cards TO readers;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA app GRANT SELECT ON TABLES  TO "report-job";
