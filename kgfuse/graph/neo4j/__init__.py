"""The graph in Neo4j: a projection of the ledger's file, brought up to date by `push`; see docs/decisions/0006-neo4j.md."""
