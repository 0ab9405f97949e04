// As of a date: what held between the best known entities
WITH '2020-10-01' AS day
MATCH (a:Entity)
WITH day, a ORDER BY a.mention_count DESC, a.id LIMIT 25
MATCH (a)-[fact]->(b:Entity)
WHERE fact.current AND fact.status IN ['accepted', 'superseded', 'inferred']
  AND (fact.valid_from_at IS NULL OR fact.valid_from_at <= day + 'T00:00:00Z')
  AND (fact.valid_to_at IS NULL OR fact.valid_to_at > day + 'T00:00:00Z')
RETURN a, fact, b
