/*
 * Which rows are one person: union-find over key groups, under the guard (docs/MATCHING.md: merging).
 *
 * A shared key is a reason to compare, never a proof. Two clusters are joined when no row of one contradicts a row of
 * the other, and by the strength of what speaks for them, in three rounds over all kinds of key, strongest kind first:
 *   1. agreeing: first names (or birth dates) are equal;
 *   2. near: compatible first names (initial, short form, typing error), when the group holds one such cluster only;
 *   3. silent: rows without a name join when the group names one single person.
 * So a shared family address keeps its people apart, and a nameless row among them stays alone.
 *
 * Equal first and last name and birth date are a strong key, but namesakes abound: with N rows of a name spread over
 * some 22,000 days of birth, N * N / 44,000 pairs of strangers share the day. There the place of living must agree, or
 * the name be rare enough (rv_cluster_settings).
 *
 * A key borne by too many people (a shop's e-mail, 0600000000) merges nothing: a stop value, counted and listed. Its rows
 * are marked in their guards, for no contact is given it (build_merge.h): brought back to a client, it would be a channel to
 * a stranger.
 *
 * Memory: 8 bytes a row, and a byte or two for each two rows of name counts.
 */
#ifndef RV_BUILD_CLUSTER_H
#define RV_BUILD_CLUSTER_H

#include "build_keys.h"
#include "person.h"
#include "report.h"

enum {
    RV_STOP_NAMES = 16, /* more people than this under one key: a stop value */
    RV_STOP_ROWS = 50,  /* more rows than this: a stop value if they name more than RV_STOP_FEW people, or nobody */
    RV_STOP_FEW = 3,
    RV_CLUSTER_LOOK = 32 /* rows of a cluster that are compared; more say nothing new */
};

typedef struct rv_stop_value {
    rv_key_kind kind;
    uint32_t first, rows; /* first row that bears it, rows in all */
} rv_stop_value;

typedef struct rv_clusters {
    uint32_t n_rows;
    rv_guard *guards; /* n_rows, borrowed; flags of stop values are set */
    uint32_t *parent;       /* the root is the smallest row of its cluster */
    uint32_t *next;         /* ring of the cluster's rows */
    uint8_t *name_counts;   /* rows with a birth date per hashed full name, up to a hundred or so */
    uint64_t name_mask;
    uint64_t merges[RV_KEY_KINDS];  /* joins that each kind made */
    uint64_t refused[RV_KEY_KINDS]; /* pairs of clusters that shared a key and were kept apart */
    uint64_t stop_values[RV_KEY_KINDS], stop_rows[RV_KEY_KINDS];
    uint64_t shared_rows[RV_KEY_KINDS]; /* rows that were marked: under EMAIL, MOBILE, PHONE or IDENTIFIER */
    rv_stop_value heaviest[16];         /* by rows */
    unsigned n_heaviest;
} rv_clusters;

rv_status rv_clusters_new(rv_guard *guards, uint32_t n_rows, int threads, rv_clusters *out, rv_error *err);
void rv_clusters_forget(rv_clusters *clusters); /* what it knows of rows; what was counted stays */
void rv_clusters_free(rv_clusters *clusters);

typedef enum rv_merge_round { RV_ROUND_AGREEING, RV_ROUND_NEAR, RV_ROUND_SILENT, RV_MERGE_ROUNDS } rv_merge_round;
/* The verdict on every group of two rows, in parallel, while all rows are alone: nearly all groups are such, and nearly all of
 * them are met before either row has joined others. What is decided doesn't change. */
rv_status rv_clusters_weigh_pairs(rv_clusters *clusters, rv_key_kind kind, rv_key_groups *groups, int threads,
                                  rv_error *err);
/* One round over the groups of one kind. Serial; groups in order. Groups whose rows are one cluster by now, and stop
 * values, leave the list: later rounds have nothing to do there. */
rv_status rv_clusters_merge(rv_clusters *clusters, rv_key_kind kind, rv_merge_round round, rv_key_groups *groups,
                            const rv_settings *settings, rv_error *err);
/* Marks and counts the stop values among groups by which nobody is merged. */
void rv_clusters_mark(rv_clusters *clusters, rv_key_kind kind, const rv_key_groups *groups);
/* The cluster's smallest row. */
uint32_t rv_cluster_root(rv_clusters *clusters, uint32_t row);

/* contact[row] for all rows: clusters numbered by their first row. Returns the number of contacts. */
uint32_t rv_clusters_number(const rv_clusters *clusters, int threads, uint32_t *contact);

#endif
