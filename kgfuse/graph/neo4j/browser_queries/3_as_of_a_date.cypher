// 3 As of a date: what held between the best known entities; write the date in the second line
WITH '2020-10-01T00:00:00Z' AS at
MATCH (k:KnowledgeBase) WITH at, k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (a:Entity {kb: kb})
WITH at, a ORDER BY a.mention_count DESC, a.id LIMIT 30
MATCH (a)-[fact]->(b:Entity)
WHERE fact.current AND fact.status IN ['accepted', 'superseded'] AND type(fact) <> 'RELATED_TO'
  AND (fact.valid_from_at IS NULL OR fact.valid_from_at <= at)
  AND (fact.valid_to_at IS NULL OR fact.valid_to_at > at)
RETURN a, fact, b
