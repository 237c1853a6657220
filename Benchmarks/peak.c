// The machine's peak floating-point speed: independent multiply-adds in the given number of processes, all at
// once. Prints their total in 10^9 operations per second; a multiply-add counts as two.
//
//     cc -O2 -o peak peak.c && ./peak 2
//
// PREP_CPU=avx2 leaves AVX-512 unused, as in prep.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
typedef float lanes __attribute__((vector_size(64)));
#else
typedef float lanes __attribute__((vector_size(16)));
#endif

// Each sum has a register of its own. They are single variables, because compilers keep arrays in memory, and start
// from different numbers, because compilers merge equal sums. There are enough to hide the instruction's latency.
#define LOOP(TYPE, BROADCAST, ADD)                                                                           \
    TYPE a = BROADCAST(1), b = BROADCAST(2), c = BROADCAST(3), d = BROADCAST(4), e = BROADCAST(5);           \
    TYPE f = BROADCAST(6), g = BROADCAST(7), h = BROADCAST(8), i = BROADCAST(9), j = BROADCAST(10);          \
    const TYPE x = BROADCAST(0.999f), y = BROADCAST(0.001f);                                                 \
    for (long n = 0; n < iterations; n++) {                                                                  \
        a = ADD(a, x, y), b = ADD(b, x, y), c = ADD(c, x, y), d = ADD(d, x, y), e = ADD(e, x, y);             \
        f = ADD(f, x, y), g = ADD(g, x, y), h = ADD(h, x, y), i = ADD(i, x, y), j = ADD(j, x, y);             \
    }                                                                                                        \
    TYPE sum = a + b + c + d + e + f + g + h + i + j;                                                        \
    return sum[0];

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static float wide(long iterations) {
    LOOP(__m512, _mm512_set1_ps, _mm512_fmadd_ps)
}
__attribute__((target("avx2,fma"))) static float narrow(long iterations) {
    LOOP(__m256, _mm256_set1_ps, _mm256_fmadd_ps)
}
#endif

#define PLAIN_BROADCAST(v) ((lanes){0} + (v))
#define PLAIN_ADD(s, x, y) ((s) * (x) + (y))
static float plain(long iterations) { LOOP(lanes, PLAIN_BROADCAST, PLAIN_ADD) }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// Best of several tries, in 10^9 operations per second.
static double measure(void) {
    float (*loop)(long) = plain;
    double operations = 10.0 * 2 * (sizeof(lanes) / sizeof(float));
#if defined(__x86_64__)
    const char *processor = getenv("PREP_CPU");
    int narrow_only = processor && strcmp(processor, "avx2") == 0;
    if (__builtin_cpu_supports("avx512f") && !narrow_only) loop = wide, operations = 10 * 16 * 2;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) loop = narrow, operations = 10 * 8 * 2;
#endif
    const long iterations = 20000000;
    double best = 0;
    volatile float keep;
    for (int try = 0; try < 5; try++) {
        double start = now();
        keep = loop(iterations);
        double rate = operations * (double)iterations / (now() - start) * 1e-9;
        if (rate > best) best = rate;
    }
    (void)keep;
    return best;
}

int main(int count, char **words) {
    const int processes = count > 1 ? atoi(words[1]) : 1;
    int channel[2];
    if (pipe(channel) != 0) return 1;
    for (int process = 0; process < processes; process++) {
        if (fork() == 0) {
            double rate = measure();
            return write(channel[1], &rate, sizeof rate) != sizeof rate;
        }
    }
    double total = 0;
    for (int process = 0; process < processes; process++) {
        double rate;
        if (read(channel[0], &rate, sizeof rate) != sizeof rate) return 1;
        total += rate;
    }
    while (wait(NULL) > 0) {}
    printf("%.1f\n", total);
    return 0;
}
