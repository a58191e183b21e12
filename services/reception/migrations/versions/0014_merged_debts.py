"""What was owed under files that were merged before is owed under the file that holds; what called-off orders cost."""

from alembic import op

revision = "0014"
down_revision = "0013"

MERGED_DEBTS = """
WITH RECURSIVE chain AS (
    SELECT id AS given_up, merged_into AS holds FROM customers WHERE merged_into IS NOT NULL
    UNION ALL
    SELECT chain.given_up, customers.merged_into FROM chain JOIN customers ON customers.id = chain.holds
     WHERE customers.merged_into IS NOT NULL
), debts AS (
    SELECT chain.holds, sum(a.owed_fen) AS owed_fen, (array_agg(a.cause_id))[1] AS cause_id
      FROM chain JOIN customers c ON c.id = chain.holds AND c.merged_into IS NULL
      JOIN customer_accounts a ON a.customer_id = chain.given_up
     WHERE a.owed_fen > 0 GROUP BY chain.holds
), paid_off AS (
    UPDATE customer_accounts SET owed_fen = 0
     WHERE customer_id IN (SELECT given_up FROM chain) AND customer_id NOT IN (SELECT holds FROM debts)
)
INSERT INTO customer_accounts (customer_id, owed_fen, cause_id) SELECT holds, owed_fen, cause_id FROM debts
    ON CONFLICT (customer_id) DO UPDATE SET owed_fen = customer_accounts.owed_fen + excluded.owed_fen
"""
SPENT = """
ALTER TABLE repair_orders ADD COLUMN spent_at timestamptz;;
CREATE INDEX ix_repair_orders_spent ON repair_orders (store_id, id) WHERE spent_at IS NOT NULL
"""


def upgrade() -> None:
    op.execute(MERGED_DEBTS)
    for statement in SPENT.split(";;"):
        op.execute(statement)
