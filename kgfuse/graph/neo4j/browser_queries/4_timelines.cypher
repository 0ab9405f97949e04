// 4 Timelines: who was what, of whom, and when
MATCH (k:KnowledgeBase) WITH k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (a:Entity {kb: kb})-[fact]->(b:Entity)
WHERE fact.current AND fact.status IN ['accepted', 'superseded'] AND fact.valid_from IS NOT NULL AND type(fact) <> 'RELATED_TO'
RETURN b.name AS of, fact.name AS relation, a.name AS who, fact.valid AS valid, round(fact.confidence, 2) AS confidence
ORDER BY of, relation, fact.valid_from_at
LIMIT 200
