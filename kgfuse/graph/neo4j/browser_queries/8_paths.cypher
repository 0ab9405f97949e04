// 8 Paths: how two entities hang together, by what holds now; write their names in the second line
WITH 'Vardholm Energy Storage ASA' AS one, 'Brattvik Cells' AS other
MATCH (a:Entity {name: one}), (b:Entity {name: other})
MATCH path = allShortestPaths((a)-[*..6]-(b))
WHERE all(fact IN relationships(path) WHERE fact.current AND fact.status IN ['accepted', 'inferred'])
RETURN path
LIMIT 10
