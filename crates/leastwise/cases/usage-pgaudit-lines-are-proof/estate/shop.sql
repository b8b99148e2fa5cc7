--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: shop; Type: DATABASE; Schema: -; Owner: owner
--

CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE shop OWNER TO owner;

\connect shop

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: owner
--

CREATE SCHEMA app;


ALTER SCHEMA app OWNER TO owner;

--
-- Name: total(integer, double precision); Type: FUNCTION; Schema: app; Owner: owner
--

CREATE FUNCTION app.total(a integer, b double precision DEFAULT 0) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$ select 1; $$;


ALTER FUNCTION app.total(a integer, b double precision) OWNER TO owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: orders; Type: TABLE; Schema: app; Owner: owner
--

CREATE TABLE app.orders (
    id integer NOT NULL,
    customer text,
    card text
);


ALTER TABLE app.orders OWNER TO owner;

--
-- Name: cards; Type: VIEW; Schema: app; Owner: owner
--

CREATE VIEW app.cards AS
 SELECT orders.id,
    orders.card
   FROM app.orders;


ALTER TABLE app.cards OWNER TO owner;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: app; Owner: owner
--

ALTER TABLE app.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: secrets; Type: TABLE; Schema: app; Owner: owner
--

CREATE TABLE app.secrets (
    id integer
);


ALTER TABLE app.secrets OWNER TO owner;

--
-- Name: orders every; Type: POLICY; Schema: app; Owner: owner
--

CREATE POLICY every ON app.orders FOR SELECT TO clerk USING (true);


--
-- Name: orders mine; Type: POLICY; Schema: app; Owner: owner
--

CREATE POLICY mine ON app.orders FOR SELECT TO readers USING ((customer = CURRENT_USER));


--
-- Name: orders; Type: ROW SECURITY; Schema: app; Owner: owner
--

ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;

--
-- Name: DATABASE shop; Type: ACL; Schema: -; Owner: owner
--

REVOKE CONNECT,TEMPORARY ON DATABASE shop FROM PUBLIC;
GRANT TEMPORARY ON DATABASE shop TO PUBLIC;
GRANT CONNECT ON DATABASE shop TO readers;
GRANT CONNECT ON DATABASE shop TO clerk;
GRANT CONNECT ON DATABASE shop TO monitor;


--
-- Name: SCHEMA app; Type: ACL; Schema: -; Owner: owner
--

GRANT USAGE ON SCHEMA app TO readers;
GRANT USAGE ON SCHEMA app TO clerk;


--
-- Name: FUNCTION total(a integer, b double precision); Type: ACL; Schema: app; Owner: owner
--

REVOKE ALL ON FUNCTION app.total(a integer, b double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION app.total(a integer, b double precision) TO readers;


--
-- Name: TABLE orders; Type: ACL; Schema: app; Owner: owner
--

GRANT SELECT,INSERT ON TABLE app.orders TO readers WITH GRANT OPTION;


--
-- Name: COLUMN orders.id; Type: ACL; Schema: app; Owner: owner
--

GRANT SELECT(id) ON TABLE app.orders TO clerk;


--
-- Name: COLUMN orders.customer; Type: ACL; Schema: app; Owner: owner
--

GRANT SELECT(customer) ON TABLE app.orders TO clerk;


--
-- Name: TABLE cards; Type: ACL; Schema: app; Owner: owner
--

GRANT SELECT ON TABLE app.cards TO clerk;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: app; Owner: owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA app GRANT SELECT ON TABLES  TO readers;


--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE owner REVOKE ALL ON FUNCTIONS  FROM PUBLIC;


--
-- PostgreSQL database dump complete
--


