"""What makes the audit log append-only and chained, said to the database itself.

* Entries and links are never changed. Links are never removed, entries only after their `keep_until`; TRUNCATE is
  refused. The head only moves forward, one link at a time.
* Every entry gets the next link of the chain: on PostgreSQL when its transaction commits, on SQLite, where only one
  transaction writes at a time, at once.

PostgreSQL in two steps. A deferred trigger notes the entry in `audit_pending`; that row's own deferred trigger locks
the head and makes the link. What is noted during the commit comes after everything that was waiting for it, foreign
keys among it: so no transaction waits for another one's rows while it holds the head, and commits cannot deadlock.

The digest and hash expressions are those of `audit/chain.py`, which verifies. Django rebuilds a SQLite table when a
later migration alters it, and its triggers are lost then: such a migration must run `guard` again.
"""

from django.db import migrations

CONTENT = """jsonb_build_array(
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.actor_id, e.actor_label, e.action, e.target,
    e.outcome, e.facts, host(e.address), e.session, e.request_id,
    to_char(e.keep_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'))::text"""

POSTGRESQL = [
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_auditentry
    FOR EACH ROW WHEN (OLD.keep_until IS NULL OR OLD.keep_until > clock_timestamp())
    EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_link_kept BEFORE UPDATE OR DELETE ON audit_auditlink
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_audithead
    FOR EACH ROW WHEN (NEW.position <> OLD.position + 1) EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
        """
        for table in ("audit_auditentry", "audit_auditlink", "audit_audithead")
    ),
    # Its rows live no longer than a commit takes, so nothing of it need survive a crash.
    "CREATE UNLOGGED TABLE audit_pending (entry_id bigint PRIMARY KEY)",
    """
    CREATE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit_pending VALUES (NEW.id);
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        head audit_audithead;
        link audit_auditlink;
    BEGIN
        DELETE FROM audit_pending WHERE entry_id = NEW.entry_id;
        SELECT * INTO STRICT head FROM audit_audithead WHERE id = 1 FOR UPDATE;
        SELECT e.id, e.keep_until, encode(sha256(convert_to({CONTENT}, 'UTF8')), 'hex')
            INTO link.entry_id, link.keep_until, link.digest FROM audit_auditentry e WHERE e.id = NEW.entry_id;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        link.position := head.position + 1;
        link.hash := encode(sha256(convert_to(concat_ws(',', head.hash, link.position, link.entry_id,
            coalesce(to_char(link.keep_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ''), link.digest),
            'UTF8')), 'hex');
        INSERT INTO audit_auditlink (position, entry_id, keep_until, digest, hash)
            VALUES (link.position, link.entry_id, link.keep_until, link.digest, link.hash);
        UPDATE audit_audithead SET position = link.position, hash = link.hash WHERE id = 1;
        RETURN NULL;
    END $$
    """,  # noqa: S608  (constants)
    """
    CREATE CONSTRAINT TRIGGER audit_entry_noted AFTER INSERT ON audit_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_note()
    """,
    """
    CREATE CONSTRAINT TRIGGER audit_entry_chained AFTER INSERT ON audit_pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER audit_entry_kept ON audit_auditentry",
    "DROP TRIGGER audit_entry_stays ON audit_auditentry",
    "DROP TRIGGER audit_entry_noted ON audit_auditentry",
    "DROP TRIGGER audit_link_kept ON audit_auditlink",
    "DROP TRIGGER audit_head_forward ON audit_audithead",
    "DROP TRIGGER audit_head_stays ON audit_audithead",
    "DROP TRIGGER audit_auditentry_whole ON audit_auditentry",
    "DROP TRIGGER audit_auditlink_whole ON audit_auditlink",
    "DROP TRIGGER audit_audithead_whole ON audit_audithead",
    "DROP TABLE audit_pending",
    "DROP FUNCTION audit_chain()",
    "DROP FUNCTION audit_note()",
    "DROP FUNCTION audit_refuse()",
]

COLUMNS = ["at", "actor_id", "actor_label", "action", "target", "outcome", "facts", "address", "session"]
COLUMNS += ["request_id", "keep_until"]
REFUSE = "BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END"
# SHA256 is a function that Django adds to its connections.
SQLITE = {
    "audit_entry_kept": f"BEFORE UPDATE ON audit_auditentry {REFUSE}",
    "audit_entry_stays": "BEFORE DELETE ON audit_auditentry WHEN OLD.keep_until IS NULL "
    f"OR OLD.keep_until > strftime('%Y-%m-%d %H:%M:%f', 'now') {REFUSE}",
    "audit_link_kept": f"BEFORE UPDATE ON audit_auditlink {REFUSE}",
    "audit_link_stays": f"BEFORE DELETE ON audit_auditlink {REFUSE}",
    "audit_head_forward": f"BEFORE UPDATE ON audit_audithead WHEN NEW.position <> OLD.position + 1 {REFUSE}",
    "audit_head_stays": f"BEFORE DELETE ON audit_audithead {REFUSE}",
    "audit_entry_chained": f"""AFTER INSERT ON audit_auditentry BEGIN
        SELECT RAISE(ABORT, 'The audit log has lost its head.')
            WHERE NOT EXISTS (SELECT 1 FROM audit_audithead WHERE id = 1);
        INSERT INTO audit_auditlink (position, entry_id, keep_until, digest, hash)
            SELECT position + 1, NEW.id, NEW.keep_until, digest,
                SHA256(hash || ',' || (position + 1) || ',' || NEW.id || ',' || ifnull(NEW.keep_until, '')
                    || ',' || digest)
            FROM (SELECT position, hash,
                    SHA256({" || ',' || ".join(f"typeof(NEW.{name}) || hex(NEW.{name})" for name in COLUMNS)}) AS digest
                FROM audit_audithead WHERE id = 1);
        UPDATE audit_audithead SET position = position + 1,
            hash = (SELECT hash FROM audit_auditlink WHERE entry_id = NEW.id) WHERE id = 1;
    END""",  # noqa: S608  (constants)
}


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = POSTGRESQL
    else:
        statements = [f"CREATE TRIGGER {name} {rest}" for name, rest in SQLITE.items()]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = POSTGRESQL_BACK
    else:
        statements = [f"DROP TRIGGER {name}" for name in SQLITE]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def make_head(apps, schema_editor):
    apps.get_model("audit", "AuditHead").objects.get_or_create(id=1)


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(make_head, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
    ]
