-- Everything that decides who may do what on a PostgreSQL server (15 to 18), as one JSON document. It only reads
-- the catalogs, and it reads no password, no option of a server or user mapping, no connection string, no text of a
-- function, and no data.
--
-- Run it once in each database of the server, as any role that can connect (a superuser sees pg_hba.conf too):
--
--   psql -XAtq -d DATABASE -f export.sql > DATABASE.json
--
-- Of the server's own schemas it lists every relation, and the functions that have a list of their own.
-- Columns that only some versions have are read through to_jsonb, which says null where there is none.
\set ON_ERROR_STOP on
begin transaction isolation level repeatable read read only;
set local search_path = pg_catalog;
select has_function_privilege('pg_hba_file_rules()', 'execute')
   and has_table_privilege('pg_hba_file_rules', 'select') as leastwise_hba \gset
\if :leastwise_hba
select coalesce(json_agg(json_build_object(
         'line', h.line_number, 'type', h.type, 'databases', h.database, 'roles', h.user_name,
         'address', h.address, 'netmask', h.netmask, 'method', h.auth_method)
       order by h.line_number), '[]') as leastwise_hba_rules
from pg_hba_file_rules h where h.error is null \gset
\else
\set leastwise_hba_rules null
\endif
with
  schemas as (
    select n.*, n.nspname in ('pg_catalog', 'information_schema') as system from pg_namespace n
    where n.nspname !~ '^pg_(toast|temp)'
  ),
  extended as (
    select d.classid, d.objid, e.extname
    from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
  )
select json_build_object(
  'leastwise_export', 'postgresql/v1',
  'server', json_build_object(
    'version_num', current_setting('server_version_num')::int,
    'version', current_setting('server_version'),
    'system', (select system_identifier::text from pg_control_system()),
    'name', nullif(current_setting('cluster_name'), ''),
    'database', current_database()),
  'roles', (
    select json_agg(json_build_object(
      'name', r.rolname, 'oid', r.oid::bigint, 'superuser', r.rolsuper, 'inherit', r.rolinherit,
      'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb, 'login', r.rolcanlogin,
      'replication', r.rolreplication, 'bypassrls', r.rolbypassrls, 'connections', r.rolconnlimit,
      'valid_until', case when isfinite(r.rolvaliduntil) then to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
      'comment', shobj_description(r.oid, 'pg_authid')) order by r.rolname)
    from pg_roles r),
  'memberships', (
    select coalesce(json_agg(json_build_object(
      'role', pg_get_userbyid(m.roleid), 'member', pg_get_userbyid(m.member),
      'grantor', pg_get_userbyid(m.grantor), 'admin', m.admin_option,
      'inherit', to_jsonb(m) -> 'inherit_option', 'set', to_jsonb(m) -> 'set_option')
      order by pg_get_userbyid(m.roleid), pg_get_userbyid(m.member), pg_get_userbyid(m.grantor)), '[]')
    from pg_auth_members m),
  'databases', (
    select json_agg(json_build_object(
      'name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'connectable', d.datallowconn,
      'connections', d.datconnlimit, 'acl', d.datacl::text[]) order by d.datname)
    from pg_database d),
  'tablespaces', (
    select json_agg(json_build_object(
      'name', t.spcname, 'owner', pg_get_userbyid(t.spcowner), 'acl', t.spcacl::text[]) order by t.spcname)
    from pg_tablespace t),
  'parameters', (
    select coalesce(json_agg(json_build_object('name', p.parname, 'acl', p.paracl::text[]) order by p.parname), '[]')
    from pg_parameter_acl p),
  'hba', (:'leastwise_hba_rules')::json,
  'schemas', (
    select coalesce(json_agg(json_build_object(
      'name', n.nspname, 'owner', pg_get_userbyid(n.nspowner), 'acl', n.nspacl::text[]) order by n.nspname), '[]')
    from schemas n),
  'relations', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'owner', pg_get_userbyid(c.relowner),
      'acl', c.relacl::text[],
      'columns', (
        select json_agg(json_build_object('name', a.attname, 'acl', a.attacl::text[]) order by a.attnum)
        from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and exists (select from pg_attribute b where b.attrelid = c.oid and b.attacl is not null)),
      'row_security', c.relrowsecurity, 'forced', c.relforcerowsecurity,
      'policies', (
        select json_agg(json_build_object(
          'name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
          'roles', (select json_agg(case x when 0 then null else pg_get_userbyid(x) end order by x) from unnest(p.polroles) x),
          'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
          order by p.polname)
        from pg_policy p where p.polrelid = c.oid),
      'view', case when c.relkind = 'v' and not n.system then json_build_object(
        'invoker', coalesce((select lower(o.option_value) in ('true', 'on', 'yes', '1')
          from pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), false),
        'updatable', pg_relation_is_updatable(c.oid, false),
        'rules', exists (select from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1'),
        'triggers', exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgtype & 64 <> 0),
        'uses', (
          select json_agg(json_build_object('schema', u.nspname, 'name', u.relname, 'columns', u.columns)
            order by u.nspname, u.relname)
          from (
            select un.nspname, uc.relname, json_agg(ua.attname order by ua.attnum) filter (where ua.attnum is not null) as columns
            from pg_rewrite w
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
              and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
            join pg_class uc on uc.oid = d.refobjid and uc.relkind in ('r', 'p', 'v', 'm', 'f')
            join pg_namespace un on un.oid = uc.relnamespace
            left join pg_attribute ua on ua.attrelid = uc.oid and ua.attnum = d.refobjsubid and d.refobjsubid <> 0
            where w.ev_class = c.oid and w.ev_type = '1'
            group by un.nspname, uc.relname) u)) end,
      'extension', x.extname) order by n.nspname, c.relname), '[]')
    from pg_class c
    join schemas n on n.oid = c.relnamespace
    left join extended x on x.classid = 'pg_class'::regclass and x.objid = c.oid
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')),
  'functions', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', p.proname, 'arguments', oidvectortypes(p.proargtypes),
      'kind', p.prokind, 'owner', pg_get_userbyid(p.proowner), 'acl', p.proacl::text[],
      'definer', p.prosecdef, 'language', l.lanname,
      'search_path', (select substr(s, 13) from unnest(p.proconfig) s where s like 'search_path=%'),
      'extension', x.extname) order by n.nspname, p.proname, oidvectortypes(p.proargtypes)), '[]')
    from pg_proc p
    join schemas n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang
    left join extended x on x.classid = 'pg_proc'::regclass and x.objid = p.oid
    where not n.system or p.proacl is not null),
  'languages', (
    select json_agg(json_build_object(
      'name', l.lanname, 'owner', pg_get_userbyid(l.lanowner), 'trusted', l.lanpltrusted, 'acl', l.lanacl::text[])
      order by l.lanname)
    from pg_language l),
  'wrappers', (
    select coalesce(json_agg(json_build_object(
      'name', w.fdwname, 'owner', pg_get_userbyid(w.fdwowner), 'acl', w.fdwacl::text[]) order by w.fdwname), '[]')
    from pg_foreign_data_wrapper w),
  'foreign_servers', (
    select coalesce(json_agg(json_build_object(
      'name', s.srvname, 'wrapper', w.fdwname, 'owner', pg_get_userbyid(s.srvowner), 'acl', s.srvacl::text[])
      order by s.srvname), '[]')
    from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw),
  'user_mappings', (
    select coalesce(json_agg(json_build_object(
      'server', m.srvname, 'role', case m.umuser when 0 then null else m.usename end) order by m.srvname, m.usename), '[]')
    from pg_user_mappings m),
  'default_privileges', (
    select coalesce(json_agg(json_build_object(
      'role', pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'type', d.defaclobjtype, 'acl', d.defaclacl::text[])
      order by pg_get_userbyid(d.defaclrole), n.nspname nulls first, d.defaclobjtype), '[]')
    from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace)
);
commit;
