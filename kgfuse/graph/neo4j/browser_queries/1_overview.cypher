// 1 Overview: the best known entities and what holds between them
MATCH (k:KnowledgeBase) WITH k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (a:Entity {kb: kb})
WITH a ORDER BY a.mention_count DESC, a.id LIMIT 30
WITH collect(a) AS known
UNWIND known AS a
MATCH (a)-[fact]->(b:Entity)
WHERE b IN known AND fact.current AND fact.status = 'accepted' AND type(fact) <> 'RELATED_TO'
RETURN a, fact, b
