/* The rows of each file of a world; the signatures are those of rv_synth_file (synth_output.h). */
#ifndef RV_SYNTH_TABLES_H
#define RV_SYNTH_TABLES_H

#include "memory.h"
#include "synth_sources.h"

#define RV_SYNTH_BASKET "panier_moyen" /* the wide attribute: an amount, in one source */
enum { RV_SYNTH_BASKET_SOURCE = 1 };

#define RV_SYNTH_CLIENTS_HEADER                                                                                        \
    "client_id,civilite,prenom,nom,email,telephone,fixe,date_naissance,adresse,complement,code_postal,ville,magasin,"  \
    "carte,canal,newsletter,categorie,date_creation\n"
#define RV_SYNTH_TRUTH_HEADER "client_id,contact_id\n"
#define RV_SYNTH_ORDERS_HEADER "client_id,date,amount,order_id\n"
#define RV_SYNTH_CONTACT_TRUTH_HEADER "id,contact\n"

/* ctx: a rv_synth_source_plan; items are contacts. */
uint64_t rv_synth_source_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
/* ctx: the rv_synth_sources_plan; items are contacts, or clients. */
uint64_t rv_synth_contact_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
uint64_t rv_synth_client_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
uint64_t rv_synth_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);
uint64_t rv_synth_order_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer);

/* The client's contact cells as the brand has them; ctx of tests too. */
void rv_synth_client_record(const rv_world *world, uint64_t client, const rv_synth_person *person, rv_dice *dice,
                            rv_synth_record *out);
/* schema.yaml and job.yaml. */
void rv_synth_schema_write(const rv_synth_sources_plan *plan, rv_buffer *out);
void rv_synth_job_write(const rv_synth_sources_plan *plan, rv_buffer *out);

#endif
