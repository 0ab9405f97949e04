// 7 Last changes: what was learned in the last week, or is believed otherwise than before
WITH toString(datetime() - duration({days: 7})) AS since
MATCH (k:KnowledgeBase) WITH since, k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
MATCH (fact:Fact) WHERE fact.kb = kb AND fact.changed_at >= since AND fact.confidence >= 0 AND NOT fact.open
RETURN fact.name AS fact, fact.status AS status, fact.before AS before, round(fact.confidence, 2) AS confidence,
       fact.changed_at AS since
ORDER BY fact.kb DESC, fact.changed_at DESC, fact.confidence DESC
LIMIT 200
