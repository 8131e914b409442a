drop table neuronx.rule_breaker;
drop table neuronx.rule_wait;
alter table neuronx.entity drop column marks;
