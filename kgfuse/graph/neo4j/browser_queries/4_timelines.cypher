// Timelines: who held an office, and when
MATCH (holder:Entity)-[fact]->(of:Entity)
WHERE fact.current AND fact.status IN ['accepted', 'superseded'] AND fact.valid_from IS NOT NULL
RETURN of.name AS of, fact.name AS relation, holder.name AS holder, fact.valid AS valid, round(fact.confidence, 2) AS confidence
ORDER BY of, relation, fact.valid_from_at
LIMIT 200
