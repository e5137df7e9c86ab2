-- A store of version 1 in Postgres, with one conversation.
create table turnstate_checkpoints (
  conversation bigint not null,
  revision bigint not null,
  version bigint not null,
  body text not null
);
create table turnstate_conversations (
  key bigint not null,
  id text not null,
  id_hash text not null,
  owner text,
  owner_hash text,
  title text,
  first_words text,
  status text not null,
  model text not null,
  usage text not null,
  revision bigint not null,
  created_at bigint not null,
  changed_at bigint not null,
  token bigint not null,
  writer bigint,
  opened_revision bigint not null,
  renewed bigint not null,
  lease bigint not null,
  data_key text,
  key_id text
);
create table turnstate_facts (
  conversation bigint not null,
  seq bigint not null,
  token bigint not null,
  size bigint not null,
  body text,
  sealed bytea
);
create table turnstate_schema (
  version bigint
);
alter table turnstate_conversations add constraint turnstate_conversations_id_hash_key UNIQUE (id_hash);
alter table turnstate_conversations add constraint turnstate_conversations_pkey PRIMARY KEY (key);
alter table turnstate_facts add constraint turnstate_facts_key PRIMARY KEY (conversation, seq);
alter table turnstate_checkpoints add constraint turnstate_checkpoints_pkey PRIMARY KEY (conversation);
CREATE INDEX turnstate_conversations_changed ON turnstate_conversations USING btree (changed_at, key);
CREATE INDEX turnstate_conversations_owner ON turnstate_conversations USING btree (owner_hash, changed_at, key);
create sequence turnstate_tokens;
select setval('turnstate_tokens', 9);
insert into turnstate_schema values (1);
insert into turnstate_conversations values (8, 'old', '24QJwgPu6g251W22vKx1mlV0VLOCZP0kH2aAtOE1zHw', 'ada', 'N-lV0jWeJxtmaf31CTYtRsElJhb3RJswPexMl6BLewU', 'A title', 'First words', 'completed', 'some-model', '{"inputTokens":1,"outputTokens":2,"cacheReadTokens":0,"cacheWriteTokens":0}', 2, 1795949348828, 1795949348833, 9, null, 0, 1795949348833, 15000, null, null);
insert into turnstate_facts values (8, 0, 9, 84, '{"type":"input.queued","turnId":"m0","input":"one","at":1700000000000,"seq":0,"v":2}', null);
insert into turnstate_facts values (8, 1, 9, 98, '{"type":"input.queued","turnId":"m1","input":"two \u0000 \ud800","at":1700000000000,"seq":1,"v":2}', null);
insert into turnstate_checkpoints values (8, 2, 1, '"view"');
