/* The groups are few and looked up only where two first names differ, so they are kept as a person would write them. */
#include "first_name.h"

#include "bytes16.h"
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

/* One word of capitals, as what a table looks for. */
enum { FORM_LETTERS = 16 };
typedef struct letters {
    uint64_t head, tail;
} letters;
static letters letters_of(rv_text word) {
    letters l;
    rv_load_words(word.ptr, word.len < FORM_LETTERS ? word.len : FORM_LETTERS, &l.head, &l.tail);
    return l;
}
static uint32_t slot_of(letters l, uint32_t slots) {
    return (uint32_t)((l.head * 0x9e3779b97f4a7c15u ^ l.tail * 0xc2b2ae3d27d4eb4fu) >> 40) % slots;
}

/* --- Known names, found by a hash --------------------------------------------------------------------------------- */

/* A search among the sorted names took a dozen comparisons that no processor foretells: 3 % of a build. Made from them at first
 * use; a third full. */
enum { NAME_SLOTS = 4096 };
typedef struct known_name {
    letters letters;
    int sex; /* RV_FIRST_NAME_UNKNOWN: the slot is free */
} known_name;
static known_name known_names[NAME_SLOTS];
static pthread_once_t known_names_made = PTHREAD_ONCE_INIT;

static void make_known_names(void) {
    for (size_t i = 0; i < rv_first_names_count; i++) {
        known_name name = {letters_of(rv_text_of(rv_first_names[i].name)), rv_first_names[i].sex};
        uint32_t at = slot_of(name.letters, NAME_SLOTS);
        while (known_names[at].sex) at = (at + 1) % NAME_SLOTS;
        known_names[at] = name;
    }
}

int rv_first_name_find(rv_text word) {
    if (word.len == 0 || word.len >= sizeof rv_first_names->name) return RV_FIRST_NAME_UNKNOWN;
    pthread_once(&known_names_made, make_known_names);
    letters l = letters_of(word);
    uint32_t at = slot_of(l, NAME_SLOTS);
    while (known_names[at].sex && (known_names[at].letters.head != l.head || known_names[at].letters.tail != l.tail))
        at = (at + 1) % NAME_SLOTS;
    return known_names[at].sex;
}

/* --- Forms, found by a hash ------------------------------------------------------------------------------------- */

/* A word of a line; a word of several lines stands here as often. Made from the lines at first use, some 30 us. */
enum { FORM_SLOTS = 2048 };
typedef struct form {
    letters letters;
    uint32_t line; /* 1 + number; 0: the slot is free */
} form;
static form form_table[FORM_SLOTS];
static pthread_once_t form_table_made = PTHREAD_ONCE_INIT;

static void make_form_table(void) {
    for (uint32_t line = 0; line < sizeof forms / sizeof *forms; line++) {
        rv_text words[FORM_LETTERS];
        size_t n = rv_words(rv_text_of(forms[line]), words, FORM_LETTERS);
        for (size_t i = 0; i < n; i++) {
            form f = {letters_of(words[i]), line + 1};
            uint32_t at = slot_of(f.letters, FORM_SLOTS);
            while (form_table[at].line) at = (at + 1) % FORM_SLOTS;
            form_table[at] = f;
        }
    }
}

/* The next line that has the word, from slot *at on, which it moves behind; 0: no more. */
static uint32_t next_line(letters word, uint32_t *at) {
    for (; form_table[*at].line; *at = (*at + 1) % FORM_SLOTS) {
        const form *f = &form_table[*at];
        if (f->letters.head != word.head || f->letters.tail != word.tail) continue;
        *at = (*at + 1) % FORM_SLOTS;
        return f->line;
    }
    return 0;
}

bool rv_first_name_same(rv_text a, rv_text b) {
    if (a.len < 2 || b.len < 2 || a.len > FORM_LETTERS || b.len > FORM_LETTERS) return false;
    pthread_once(&form_table_made, make_form_table);
    letters x = letters_of(a), y = letters_of(b);
    for (uint32_t at = slot_of(x, FORM_SLOTS), line; (line = next_line(x, &at));)
        for (uint32_t other_at = slot_of(y, FORM_SLOTS), other; (other = next_line(y, &other_at));)
            if (line == other && (forms[line - 1][0] == a.ptr[0] || forms[line - 1][0] == b.ptr[0])) return true;
    return false;
}

uint32_t rv_first_name_groups(rv_text word) {
    uint32_t groups = 0;
    if (word.len < 2 || word.len > FORM_LETTERS) return 0;
    pthread_once(&form_table_made, make_form_table);
    letters x = letters_of(word);
    for (uint32_t at = slot_of(x, FORM_SLOTS), line; (line = next_line(x, &at));)
        groups |= (uint32_t)1 << line % RV_FIRST_NAME_GROUPS;
    return groups;
}

const char *const *rv_first_name_forms(size_t *n) {
    *n = sizeof forms / sizeof *forms;
    return forms;
}
