-- A store of version 1 in SQLite, with one conversation.
pragma application_id = 1416852577;
CREATE TABLE "turnstate_schema" ("version" bigint);
CREATE TABLE "turnstate_conversations" ("key" bigint primary key, "id" text not null, "id_hash" text not null unique, "owner" text, "owner_hash" text, "title" text, "first_words" text, "status" text not null, "model" text not null, "usage" text not null, "revision" bigint not null, "created_at" bigint not null, "changed_at" bigint not null, "token" bigint not null, "writer" bigint, "opened_revision" bigint not null, "renewed" bigint not null, "lease" bigint not null, "data_key" text, "key_id" text);
CREATE INDEX "turnstate_conversations_changed" on "turnstate_conversations" ("changed_at", "key");
CREATE INDEX "turnstate_conversations_owner" on "turnstate_conversations" ("owner_hash", "changed_at", "key");
CREATE TABLE "turnstate_facts" ("conversation" bigint not null, "seq" bigint not null, "token" bigint not null, "size" bigint not null, "body" text, "sealed" blob, constraint "turnstate_facts_key" primary key ("conversation", "seq"));
CREATE TABLE "turnstate_checkpoints" ("conversation" bigint primary key, "revision" bigint not null, "version" bigint not null, "body" text not null);
CREATE TABLE turnstate_tokens (last bigint not null);
insert into turnstate_schema values (1);
insert into turnstate_conversations values (8, 'old', '24QJwgPu6g251W22vKx1mlV0VLOCZP0kH2aAtOE1zHw', 'ada', 'N-lV0jWeJxtmaf31CTYtRsElJhb3RJswPexMl6BLewU', 'A title', 'First words', 'completed', 'some-model', '{"inputTokens":1,"outputTokens":2,"cacheReadTokens":0,"cacheWriteTokens":0}', 2, 1795949347502, 1795949347506, 9, null, 0, 2821, 15000, null, null);
insert into turnstate_facts values (8, 0, 9, 84, '{"type":"input.queued","turnId":"m0","input":"one","at":1700000000000,"seq":0,"v":2}', null);
insert into turnstate_facts values (8, 1, 9, 98, '{"type":"input.queued","turnId":"m1","input":"two \u0000 \ud800","at":1700000000000,"seq":1,"v":2}', null);
insert into turnstate_checkpoints values (8, 2, 1, '"view"');
insert into turnstate_tokens values (9);
