/*
 * Linkage as the last tier of enriching: the clients whom no exact key found, against the whole base.
 *
 * It needs all of them at once: the pass over the base is the same for one client as for a million, and weights are
 * learned from many. So the client file is gone through twice. In the first pass exact matching leaves its answers, and
 * those it found nobody for leave their names and addresses here; then the base is scanned for contacts near to them
 * (link_scan.h), those contacts are read in full, and the two groups are linked as two files would be (link_job.h). The second
 * pass fills and writes as ever.
 *
 * What the guard says of two people holds here too: first names, sexes or birth dates that contradict one another are
 * never outweighed by an address.
 */
#ifndef RV_ENRICH_LINK_H
#define RV_ENRICH_LINK_H

#include "enrich_block.h"
#include "id_table.h"
#include "link_job.h"

typedef struct rv_enrich_link rv_enrich_link;

/* What is borrowed stays until it is freed. `date_order`: of the client file. */
rv_status rv_enrich_link_new(rv_megabase *megabase, const rv_person_reader *clients, const rv_linkage_options *options,
                             const rv_settings *settings, rv_enrich_link **out, rv_error *err);
void rv_enrich_link_free(rv_enrich_link *link); /* NULL is fine */

/* What a block leaves; made when NULL, reused from block to block. */
typedef struct rv_enrich_left rv_enrich_left;
void rv_enrich_left_free(rv_enrich_left *left);
/* Any thread: the clients of a block that `matches` say have no contact. */
rv_status rv_enrich_link_work(const rv_enrich_link *link, const rv_table_block *block, const rv_match *matches,
                              rv_enrich_left **left, rv_error *err);
/* Serial, in order of blocks. `kept` stays where it is until rv_enrich_link_run has written the answers into it. */
rv_status rv_enrich_link_take(rv_enrich_link *link, const rv_enrich_left *left, rv_kept_match *kept, rv_error *err);

/* Before the run: what became of the clients of these ids, field by field, is told as lines for people. */
void rv_enrich_link_watch(rv_enrich_link *link, const rv_id_table *ids, rv_buffer *text);
/* Answers go into the kept matches and the counts; the summary gets an object "linkage". */
rv_status rv_enrich_link_run(rv_enrich_link *link, rv_cascade_counts *counts, rv_summary *summary, rv_error *err);

#endif
