// 8 Paths: how two entities hang together, by what holds now; write their names in the second line
WITH 'Vardholm Energy Storage ASA' AS one, 'Brattvik Cells' AS other
MATCH (k:KnowledgeBase) WITH one, other, k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (a:Entity {kb: kb, name: one}), (b:Entity {kb: kb, name: other})
MATCH path = allShortestPaths((a)-[*..6]-(b))
WHERE all(fact IN relationships(path) WHERE fact.current AND fact.status IN ['accepted', 'inferred'])
RETURN path
LIMIT 10
