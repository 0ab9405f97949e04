// 2 Around one entity: what holds and held of it; write its name in the second line
WITH 'Vardholm Energy Storage ASA' AS name
MATCH (k:KnowledgeBase) WITH name, k.kb AS kb ORDER BY k.synced_at DESC LIMIT 1
CALL db.index.fulltext.queryNodes('kgfuse_entity_names', '"' + replace(name, '"', ' ') + '"') YIELD node, score
WITH kb, node AS entity, score WHERE entity.kb = kb
WITH entity, score ORDER BY score DESC, entity.mention_count DESC LIMIT 1
MATCH (entity)-[fact]-(other:Entity|Value)
WHERE fact.current AND fact.status IN CASE WHEN other:Value THEN ['accepted'] ELSE ['accepted', 'superseded'] END
RETURN entity, fact, other
ORDER BY type(fact) = 'RELATED_TO', fact.confidence DESC
LIMIT 40
