/* The slot protocol of src/correlate/table.c, small enough to try every order of its steps: A1 claims a slot for a hash, A2
 * pushes a partial on the slot's list, A3 makes the next level. Spin knows no weak memory: which order each step needs beyond
 * this is argued beside A1 to A3 in table.c, and looked at by the thread sanitizer.
 *
 * Each inserter has one partial. Hashes are chosen so that all begin at the same slot, and that two inserters share one; a slot
 * of the first level is taken already, so that not all fit into it. What must hold when all are done: a hash stands in one slot, where it is found by the
 * way of ms_table_find_mp, and each partial hangs there, once.
 *
 * BROKEN_CLAIM, BROKEN_PUSH, BROKEN_LEVEL: the step without its compare-and-swap. Each must be found out. */
#define N 3      /* inserters */
#define LEVELS 3
#define PROBES 2 /* and slots of a level */
#define NONE 0

byte hash_of[N + 1]; /* of partial 1..N; partial and hash 0 are none */
byte slot_hash[12];  /* level L made as block B: slots B * PROBES ... */
byte slot_head[12];
byte level[LEVELS];  /* 0: none, else block + 1 */
byte next[N + 1];
byte n_blocks = 0, n_done = 0;

#define SLOT(block, k) ((block) * PROBES + (k))

proctype inserter(byte me)
{
    byte l = 0, k, block, fresh, seen, head;
    byte h = hash_of[me];
    bool found = false;

    do
    :: found -> break
    :: else ->
        assert(l < LEVELS);
        block = level[l]; /* A3, the load */
        if
        :: block != NONE
        :: else ->
            atomic { fresh = n_blocks + 1; n_blocks++ } /* memory of its own: nobody else sees it yet */
#ifdef BROKEN_LEVEL
            level[l] = fresh;
            block = fresh
#else
            atomic { /* A3, the compare-and-swap */
                if
                :: level[l] == NONE -> level[l] = fresh
                :: else
                fi;
                block = level[l]
            }
#endif
        fi;
        k = 0;
        do
        :: found || k == PROBES -> break
        :: else ->
            seen = slot_hash[SLOT(block - 1, k)];
            if
            :: seen == NONE ->
#ifdef BROKEN_CLAIM
                slot_hash[SLOT(block - 1, k)] = h;
                seen = h
#else
                atomic { /* A1 */
                    if
                    :: slot_hash[SLOT(block - 1, k)] == NONE -> slot_hash[SLOT(block - 1, k)] = h; seen = h
                    :: else -> seen = slot_hash[SLOT(block - 1, k)]
                    fi
                }
#endif
            :: else
            fi;
            if
            :: seen == h -> found = true
            :: else -> k++
            fi
        od;
        if
        :: found
        :: else -> l++
        fi
    od;

    head = slot_head[SLOT(block - 1, k)];
    do
    ::  next[me] = head;
#ifdef BROKEN_PUSH
        slot_head[SLOT(block - 1, k)] = me;
        break
#else
        atomic { /* A2 */
            if
            :: slot_head[SLOT(block - 1, k)] == head -> slot_head[SLOT(block - 1, k)] = me; break
            :: else -> head = slot_head[SLOT(block - 1, k)]
            fi
        }
#endif
    od;
    n_done++
}

/* ms_table_find_mp and the list behind it, for the partial `me`. */
inline look_for(me)
{
    l = 0; k = 0; at = NONE; over = false;
    do
    :: over || l == LEVELS || level[l] == NONE -> break
    :: else ->
        if
        :: slot_hash[SLOT(level[l] - 1, k)] == hash_of[me] -> at = slot_head[SLOT(level[l] - 1, k)]; over = true
        :: slot_hash[SLOT(level[l] - 1, k)] == NONE -> over = true
        :: else ->
            k++;
            if
            :: k == PROBES -> k = 0; l++
            :: else
            fi
        fi
    od;
    n_seen = 0; steps = 0;
    do
    :: at == NONE -> break
    :: else ->
        assert(hash_of[at] == hash_of[me]);
        assert(steps < N); /* no ring */
        if
        :: at == me -> n_seen++
        :: else
        fi;
        at = next[at]; steps++
    od;
    assert(n_seen == 1)
}

init {
    byte me, l, k, at, n_seen, steps;
    bool over;
    atomic {
        level[0] = 1; n_blocks = 1; slot_hash[0] = 9;
        hash_of[1] = 1; hash_of[2] = 1; hash_of[3] = 2;
        run inserter(1); run inserter(2); run inserter(3)
    }
    n_done == N;
    d_step {
        me = 1;
        do
        :: me > N -> break
        :: else -> look_for(me); me++
        od
    }
}
