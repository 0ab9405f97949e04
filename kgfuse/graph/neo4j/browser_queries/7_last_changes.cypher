// 7 Last changes: what was learned or no longer believed in the last week
WITH toString(datetime() - duration({days: 7})) AS since
MATCH (a:Entity)-[fact]->(b:Entity|Value)
WHERE fact.recorded_at >= since OR fact.retracted_at >= since
RETURN a.name AS subject, fact.name AS relation, b.name AS object, fact.valid AS valid, fact.status AS status,
       fact.recorded_at AS learned, fact.retracted_at AS `no longer believed`
ORDER BY coalesce(fact.retracted_at, fact.recorded_at) DESC
LIMIT 200
