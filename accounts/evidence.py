"""No access beyond the evidence, whoever writes the row: triggers of the database itself.

`eligible_until` may not pass the end of the member's newest proof, and follows a proof that is changed or deleted.
Installed after every migration, since SQLite loses a table's triggers when a migration rebuilds the table.
"""

from typing import Any

from django.db import connections

END_OF = """(SELECT expires_at FROM accounts_eligibilityproof
    WHERE member_id = {member} ORDER BY proved_at DESC, id DESC LIMIT 1)"""
OF_NEW, OF_OLD = END_OF.format(member="NEW.id"), END_OF.format(member="OLD.member_id")
TEXT = "an active member needs a proof that lasts as long"
INSERTED = "NEW.eligible_until IS NOT NULL"

SQLITE = {
    "member_insert_needs_proof": f"""BEFORE INSERT ON accounts_member
        WHEN {INSERTED} AND coalesce({OF_NEW}, '') < NEW.eligible_until
        BEGIN SELECT RAISE(ABORT, '{TEXT}'); END""",
    "member_update_needs_proof": f"""BEFORE UPDATE OF eligible_until ON accounts_member
        WHEN {INSERTED} AND NEW.eligible_until IS NOT OLD.eligible_until
            AND coalesce({OF_NEW}, '') < NEW.eligible_until
        BEGIN SELECT RAISE(ABORT, '{TEXT}'); END""",
} | {
    f"proof_{event}_ends_access": f"""AFTER {event} ON accounts_eligibilityproof
        BEGIN UPDATE accounts_member SET eligible_until = {OF_OLD}
        WHERE id = OLD.member_id AND eligible_until > coalesce({OF_OLD}, ''); END"""  # noqa: S608 (nothing of it comes from outside)
    for event in ("update", "delete")
}
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION accounts_member_needs_proof() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce({OF_NEW}, '-infinity') < NEW.eligible_until THEN
            RAISE EXCEPTION '{TEXT}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$""",
    f"""CREATE OR REPLACE TRIGGER member_insert_needs_proof AFTER INSERT ON accounts_member FOR EACH ROW
    WHEN ({INSERTED}) EXECUTE FUNCTION accounts_member_needs_proof()""",
    f"""CREATE OR REPLACE TRIGGER member_update_needs_proof AFTER UPDATE OF eligible_until ON accounts_member
    FOR EACH ROW WHEN ({INSERTED} AND NEW.eligible_until IS DISTINCT FROM OLD.eligible_until)
    EXECUTE FUNCTION accounts_member_needs_proof()""",
    f"""CREATE OR REPLACE FUNCTION accounts_proof_ends_access() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE accounts_member SET eligible_until = {OF_OLD}
        WHERE id = OLD.member_id AND eligible_until > coalesce({OF_OLD}, '-infinity');
        RETURN NULL;
    END $$""",  # noqa: S608
    """CREATE OR REPLACE TRIGGER proof_ends_access AFTER UPDATE OR DELETE ON accounts_eligibilityproof
    FOR EACH ROW EXECUTE FUNCTION accounts_proof_ends_access()""",
]


def make_way(using: str, **kwargs: Any) -> None:
    """Before migrations: SQLite can't rebuild a table that a trigger of another table writes to."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def guard(using: str, **kwargs: Any) -> None:
    """After migrations."""
    connection = connections[using]
    if not {"accounts_member", "accounts_eligibilityproof"} <= set(connection.introspection.table_names()):
        return  # migrated back to before there were any
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in POSTGRESQL:
                cursor.execute(statement)
        else:
            for name, body in SQLITE.items():
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
