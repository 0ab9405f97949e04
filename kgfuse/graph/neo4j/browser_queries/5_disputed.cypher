// 5 Disputed: what sources disagree about, and why
MATCH (k:KnowledgeBase) WITH k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (a:Entity {kb: kb})-[fact]->(b:Entity|Value)
WHERE fact.current AND fact.status = 'disputed'
RETURN a.name AS subject, fact.name AS relation, b.name AS object, round(fact.confidence, 2) AS confidence, fact.reason AS why,
       fact.quote AS quote
ORDER BY subject, relation, confidence DESC
LIMIT 200
