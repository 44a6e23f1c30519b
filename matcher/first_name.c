/* The groups are few and looked up only where two first names differ, so they are kept as a person would write them. */
#include "first_name.h"

#include "letters.h"
#include <pthread.h>

/* Every two names of a line may be one person's. A name may stand in several lines. The first is the full one: a line
 * counts where one of the two begins with its letter. */
/* clang-format off */
static const char *const forms[] = {
    "ABDEL ABDELKADER ABDERRAHMANE ABDELLAH", "ALEXANDRE ALEX ALEXANDER", "ALEXANDRA ALEX", "ALEXIS ALEX ALEXY",
    "ANDREW ANDY DREW", "ANGELIQUE ANGIE", "ANNICK ANNIC ANICK", "ANNIE ANNY", "ANTHONY ANTONY TONY", "ANTONIO TONY TONIO",
    "ABIGAIL ABBY", "AURELIE AURE", "AYMERIC EMERIC AIMERIC", "BASTIEN BASTIAN", "BEATRICE BEA", "BENJAMIN BEN BENJI",
    "BENOIT BEN", "CAROLE CARO", "CAROLINE CARO", "CATHERINE CATHY KATHY CATH CATHERINA KATHERINE", "CEDRIC CED CEDRICK CEDRIK",
    "CHARLES CHARLY CHARLIE CHARLEY", "CHARLOTTE CHARLIE", "CHRISTEL CHRISTELLE KRISTEL CHRIS CHRYSTELLE CRISTELLE",
    "CHRISTIAN CHRIS", "CHRISTIANE CHRIS CHRISTIANNE", "CHRISTINE CHRIS CRISTINE KRISTINE", "CHRISTOPHE CHRIS",
    "CHRISTOPHER CHRIS", "CLEMENCE CLEM", "CLEMENT CLEM", "CLEMENTINE CLEM", "CLOTHILDE CLOTILDE", "CLOE CHLOE", "CORINNE CORINE CORRINE",
    "CYRIL CYRILLE CYRYL", "DANIEL DANY DAN DANI DANNY", "DANIELE DANIELLE DANY DANI", "DAVID DAVE", "DEBORAH DEBBIE DEB",
    "DENIS DENYS", "DENISE DENYSE", "DOMINIQUE DOM DOMI DOMINICK", "EDOUARD ED EDDY", "EDWARD ED EDDIE TED", "ELEONORE ELEONOR LEONORE",
    "ELISABETH ELIZABETH BABETH ELISABET BETH LIZ BETTY LIZZIE", "ELISA ELISSA", "ELODIE ELO", "ELOISE HELOISE", "EMMANUEL MANU",
    "EMMANUELLE MANU EMMANUELE", "EMILY EMILIE", "EMELINE EMMELINE", "ERIC ERICK ERIK", "ESTHER ESTER", "FABIEN FAB", "FABIENNE FAB FABI", "FABRICE FAB",
    "FATIMA FATMA FATI", "FLORENCE FLO", "FLORENT FLO", "FLORIAN FLO", "FRANCK FRANK", "FRANCOISE FANFAN", "FREDERIC FRED FREDDY FREDERICK",
    "FREDERIQUE FRED", "GABRIEL GABY GABI GAB", "GABRIELLE GABY GABRIELE GABI", "GAUTIER GAUTHIER", "GEOFFREY GEOFFROY JOFFREY",
    "GERARD GEGE", "GENEVIEVE GEN", "GILLES GIL GILLE", "GILBERT GIL", "GISELE GISELLE", "GHISLAINE GUYLAINE GUILAINE", "GREGOIRE GREG", "GREGORY GREG GREGORIE",
    "GWENAELLE GWEN GWENAEL", "HELENE HELEN ELENE", "HELENA ELENA", "HENRI HENRY", "ILIES ILYES ILYAS", "ISABELLE ISA ISABEL ISABELE", "JACQUELINE JACKIE JACQUIE",
    "JACQUES JACKY JACK", "JAMES JIM JIMMY JAMIE", "JEANINE JANINE JEANNINE JANNINE", "JENNIFER JENNY JEN JENIFER", "JEREMY JEREMIE JEREM",
    "JESSICA JESS JESSIE JESSY", "JOCELYN JOSSELIN JOCELIN", "JOEL JO", "JOELLE JO", "JOHN JACK JOHNNY JON", "JONATHAN JON JO JOHNATHAN",
    "JOSEPH JO JOE JOEY", "JOSEPHINE JO", "JOSE JO", "JOSHUA JOSH", "JOSEE JO", "JOSETTE JOSY", "JOSIANE JOSY JOSIE", "KARINE CARINE KARIN", "KATIA KATHIA CATIA",
    "KATHERINE KATE KATIE KATHY", "KHADIJA KHADIDJA", "KEVIN KEV", "KILLIAN KILIAN KYLIAN KYLLIAN", "LAETITIA LETICIA LAETI LETITIA",
    "LILIANE LILI LILY LYLIANE LILIANNE", "LIONEL LIO", "LOIC LOICK", "LUCIE LUCY", "LUCILE LUCILLE", "LUCAS LUKAS", "LUDOVIC LUDO", "MAGALI MAGALIE", "MANUEL MANU",
    "MANUELA MANU", "MARC MARK MARCO", "MARGARET MAGGIE PEGGY MEG", "MARGUERITE MARGOT MAGUY", "MARGAUX MARGOT MARGAU", "MARIAM MARYAM MERIEM MERYEM MYRIAM MIRIAM",
    "MARYLINE MARILYNE MARYLENE MARILINE", "MARYSE MARISE MARYZE", "MATEO MATTEO MATHEO", "MATHIAS MATTHIAS", "MATHIEU MATTHIEU MATTHEW MATT MATHIEUX", "MATHIS MATHYS MATIS",
    "MAUD MAUDE", "MAXENCE MAX", "MAXIME MAX", "MAXIMILIEN MAX", "MEGANE MEGHANE MEGAN", "MELANIE MEL", "MELISSA MEL MELISA", "MICHAEL MICKAEL MIKAEL MIKE MICK MICKA",
    "MICHEL MICH", "MICHELE MICHELLE", "MOHAMED MOHAMMED MOHAMMAD MOHAMAD MOMO", "MURIEL MURIELLE MURIELE", "MUSTAPHA MUSTAFA MOUSTAPHA", "NATHALIE NATH NATALIE NATALY",
    "NATHANAEL NATHANIEL NATE NATHAN", "NATACHA NATASHA", "NICOLAS NICO NICK NICHOLAS", "NICOLE NICOLLE", "NOEMIE NAOMI NOEMI", "NORDINE NOUREDDINE NOREDINE", "PAMELA PAM",
    "OLIVIER OLIVER", "PATRICE PAT", "PATRICIA PAT PATTY", "PATRICK PAT PATRIK", "PETER PETE", "PHILIPPE PHIL PHILIP PHILLIPPE", "RACHEL RACHELLE RACHELE", "RAPHAEL RAPH RAF RAFAEL",
    "RAPHAELLE RAPH RAPHAELE", "REBECCA BECKY BECCA", "REMI REMY", "RICHARD RICK RICHIE DICK", "ROBERT BOB BOBBY ROB", "ROLAND ROLLAND", "ROXANE ROXANNE", "SAMANTHA SAM", "SACHA SASHA", "SARAH SARA",
    "SAMUEL SAM SAMMY", "SANDRA SANDY SANDIE", "SANDRINE SANDY SANDIE", "SEBASTIEN SEB SEBASTIAN", "SEVERINE SEV", "SIMONE SIMONNE", "SOLENE SOLENN SOLENNE SOLEN", "SOPHIA SOFIA",
    "STEPHANE STEPHAN STEPHEN STEPH", "STEPHANIE STEPH", "STEVEN STEVE STEPHEN STEEVE", "SUSAN SUE SUSIE", "SUZANNE SUZIE SUZY SUZON", "SYBILLE SIBYLLE", "SYLVIE SYL SILVIE",
    "THEODORE THEO", "THEOPHILE THEO", "THERESE THERESA TERESA", "THIBAULT THIBAUT THIBAUD TIBAULT", "THIERRY TITI THIERY", "THOMAS TOM TOMMY THOM", "TIMOTHEE TIMOTHE THIMOTHEE TIM TIMOTHY TIMO",
    "VALENTIN VAL", "VALENTINE VAL", "VALERIE VAL", "VERONIQUE VERO", "VICTOR VIC", "VICTORIA VICKY VICKI VIC", "VINCENT VINCE", "WILFRID WILFRIED WILFRED",
    "WILLIAM WILL BILL WILLY BILLY", "XAVIER XAV", "YANIS YANNIS", "YANN YAN YANNICK", "YANNICK YANNIC YANIC YANICK", "YASMINA YASMINE", "YOANN YOHAN YOHANN YOAN JOHAN JOHANN",
    "YVAN IVAN", "YOUSSEF YOUCEF YUSSEF", "ZACHARIE ZAC ZACK ZACH ZACHARY",
};
/* clang-format on */

int rv_first_name_find(rv_text word) {
    size_t low = 0, high = rv_first_names_count;
    if (word.len == 0 || word.len > 12) return RV_FIRST_NAME_UNKNOWN;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(word.ptr, rv_first_names[middle].name, word.len);
        if (order == 0) order = rv_first_names[middle].name[word.len] ? -1 : 0;
        if (order == 0) return rv_first_names[middle].sex;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return RV_FIRST_NAME_UNKNOWN;
}

/* --- Forms, found by a hash ------------------------------------------------------------------------------------- */

/* A word of a line; a word of several lines stands here as often. Made from the lines at first use, some 30 us. */
enum { FORM_SLOTS = 2048, FORM_LETTERS = 16 };
typedef struct form {
    uint64_t head, tail; /* its letters */
    uint32_t line;       /* 1 + number; 0: the slot is free */
} form;
static form form_table[FORM_SLOTS];
static pthread_once_t form_table_made = PTHREAD_ONCE_INIT;

static form form_of(rv_text word) {
    return (form){rv_load_bytes(word.ptr, word.len), word.len > 8 ? rv_load_bytes(word.ptr + 8, word.len - 8) : 0, 0};
}
static uint32_t form_slot(const form *f) {
    return (uint32_t)((f->head * 0x9e3779b97f4a7c15u ^ f->tail * 0xc2b2ae3d27d4eb4fu) >> 40) % FORM_SLOTS;
}

static void make_form_table(void) {
    for (uint32_t line = 0; line < sizeof forms / sizeof *forms; line++) {
        rv_text words[FORM_LETTERS];
        size_t n = rv_words(rv_text_of(forms[line]), words, FORM_LETTERS);
        for (size_t i = 0; i < n; i++) {
            form f = form_of(words[i]);
            uint32_t at = form_slot(&f);
            while (form_table[at].line) at = (at + 1) % FORM_SLOTS;
            f.line = line + 1;
            form_table[at] = f;
        }
    }
}

/* The next line that has the word, from slot *at on, which it moves behind; 0: no more. */
static uint32_t next_line(const form *word, uint32_t *at) {
    for (; form_table[*at].line; *at = (*at + 1) % FORM_SLOTS) {
        const form *f = &form_table[*at];
        if (f->head != word->head || f->tail != word->tail) continue;
        *at = (*at + 1) % FORM_SLOTS;
        return f->line;
    }
    return 0;
}

bool rv_first_name_same(rv_text a, rv_text b) {
    if (a.len < 2 || b.len < 2 || a.len > FORM_LETTERS || b.len > FORM_LETTERS) return false;
    pthread_once(&form_table_made, make_form_table);
    form x = form_of(a), y = form_of(b);
    for (uint32_t at = form_slot(&x), line; (line = next_line(&x, &at));)
        for (uint32_t other_at = form_slot(&y), other; (other = next_line(&y, &other_at));)
            if (line == other && (forms[line - 1][0] == a.ptr[0] || forms[line - 1][0] == b.ptr[0])) return true;
    return false;
}

uint32_t rv_first_name_groups(rv_text word) {
    uint32_t groups = 0;
    if (word.len < 2 || word.len > FORM_LETTERS) return 0;
    pthread_once(&form_table_made, make_form_table);
    form x = form_of(word);
    for (uint32_t at = form_slot(&x), line; (line = next_line(&x, &at));)
        groups |= (uint32_t)1 << line % RV_FIRST_NAME_GROUPS;
    return groups;
}

const char *const *rv_first_name_forms(size_t *n) {
    *n = sizeof forms / sizeof *forms;
    return forms;
}
