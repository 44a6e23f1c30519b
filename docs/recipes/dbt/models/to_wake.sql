-- Whom to wake first: the best tenth, with what is known to reach them and how they slept.
select s.client_id, s.score, s.reasons, g.state, g.last_order, e.rv_tier
from read_csv('{{ var("out") }}/scores.csv', all_varchar = true) as s
join read_csv('{{ var("out") }}/enriched.csv', all_varchar = true) as e using (client_id)
left join read_csv('{{ var("out") }}/segments.csv', all_varchar = true) as g using (client_id)
where s.decile = '1'
