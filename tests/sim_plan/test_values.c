#include "sim/plan/distribution.h"
#include "sim/plan/value.h"
#include "tests/sim_plan/loaded.h"

enum { DRAWS = 20000 };

static int64_t duration(const char *text)
{
    int64_t ns = -1;
    assert_null(value_duration(text, &ns));
    return ns;
}

static void assert_refused(char *problem)
{
    assert_non_null(problem);
    g_free(problem);
}

static void durations_are_exact_in_every_unit(void **state)
{
    (void)state;
    assert_int_equal(duration("1ns"), 1);
    assert_int_equal(duration("250us"), 250000);
    assert_int_equal(duration("1.5ms"), 1500000);
    assert_int_equal(duration("0.1s"), 100000000);
    assert_int_equal(duration("2m"), 120000000000);
    assert_int_equal(duration("1.5h"), 5400000000000);
    assert_int_equal(duration("30d"), 2592000000000000);
    assert_int_equal(duration("36500d"), DURATION_MAX_NS);
}

static void zero_needs_no_unit(void **state)
{
    (void)state;
    assert_int_equal(duration("0"), 0);
    assert_int_equal(duration("0s"), 0);
}

static void what_is_no_duration_leaves_the_result_alone(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",      "10",  "s",   "10 s", "-1s",  "+1s",    "1e3s",  "1,5s",
        "0.5ns", "1.s", ".5s", "01s",  "1:30", "36501d", "1h30m", "12345678901234567890s"};
    int64_t ns = 77;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused(value_duration(wrong[i], &ns));
    assert_int_equal(ns, 77);
}

static void sizes_count_thousands_and_powers_of_two(void **state)
{
    (void)state;
    uint64_t bytes;
    assert_null(value_size("256B", &bytes));
    assert_int_equal(bytes, 256);
    assert_null(value_size("4KiB", &bytes));
    assert_int_equal(bytes, 4096);
    assert_null(value_size("1.5MB", &bytes));
    assert_int_equal(bytes, 1500000);
    assert_refused(value_size("0.3B", &bytes));
    assert_refused(value_size("4K", &bytes));
}

static void a_rate_is_its_mean_interval_to_the_nearest_nanosecond(void **state)
{
    (void)state;
    int64_t ns;
    assert_null(value_rate("200/s", &ns));
    assert_int_equal(ns, 5000000);
    assert_null(value_rate("0.9/s", &ns));
    assert_int_equal(ns, 1111111111);
    assert_null(value_rate("10/m", &ns));
    assert_int_equal(ns, 6000000000);
    assert_refused(value_rate("0/s", &ns));
    assert_refused(value_rate("3000000000/s", &ns));
}

static void shares_are_whole_millionths(void **state)
{
    (void)state;
    uint32_t ppm;
    assert_null(value_share("0.1%", &ppm));
    assert_int_equal(ppm, 1000);
    assert_null(value_share("99.9999%", &ppm));
    assert_int_equal(ppm, 999999);
    assert_null(value_share("100%", &ppm));
    assert_int_equal(ppm, 1000000);
    assert_null(value_share("0", &ppm));
    assert_int_equal(ppm, 0);
    assert_refused(value_share("0.00001%", &ppm));
    assert_refused(value_share("100.1%", &ppm));
    assert_refused(value_share("0.5", &ppm));
}

static void counts_go_to_the_last_64_bit_number(void **state)
{
    (void)state;
    uint64_t count;
    assert_null(value_count("18446744073709551615", &count));
    assert_true(count == UINT64_MAX);
    assert_refused(value_count("18446744073709551616", &count));
    assert_refused(value_count("010", &count));
    assert_refused(value_count("0x10", &count));
    assert_refused(value_count(" 1", &count));
}

static void a_word_is_its_place_among_the_allowed(void **state)
{
    (void)state;
    uint8_t index;
    assert_null(value_word("group", "each|group|never|!later", &index));
    assert_int_equal(index, 1);
    char *problem = value_word("later", "each|group|never|!later", &index);
    assert_string_equal(problem, "'later' is not supported yet");
    g_free(problem);
    problem = value_word("always", "each|group|never|!later", &index);
    assert_string_equal(problem, "'always' is not allowed here: write each, group or never");
    g_free(problem);
}

/* A number with 1 to 60 bits, so that every unit and every length comes up. */
static int64_t number_of_any_size(GRand *rand)
{
    uint64_t bits = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
    return (int64_t)(bits >> g_rand_int_range(rand, 4, 64));
}

static void what_is_written_reads_back_to_the_same_number(void **state)
{
    (void)state;
    GRand *rand = g_rand_new_with_seed(8);
    for (unsigned i = 0; i < DRAWS; i++) {
        int64_t number = number_of_any_size(rand), ns = -1;
        char *text = duration_text(number);
        assert_null(value_duration(text, &ns));
        assert_int_equal(ns, number);
        g_free(text);
        uint64_t bytes = 0;
        text = size_text((uint64_t)number);
        assert_null(value_size(text, &bytes));
        assert_int_equal(bytes, number);
        g_free(text);
        uint32_t share = (uint32_t)(number % 1000001), ppm = 0;
        text = share_text(share);
        assert_null(value_share(text, &ppm));
        assert_int_equal(ppm, share);
        g_free(text);
    }
    g_rand_free(rand);
}

static void every_interval_has_a_rate_that_reads_back(void **state)
{
    (void)state;
    GRand *rand = g_rand_new_with_seed(9);
    for (unsigned i = 0; i < DRAWS; i++) {
        int64_t interval = 1 + number_of_any_size(rand) % (INT64_C(100) * 86400 * 1000000000), ns = 0;
        char *text = rate_text(interval);
        assert_null(value_rate(text, &ns));
        assert_int_equal(ns, interval);
        g_free(text);
    }
    g_rand_free(rand);
}

static void a_round_rate_is_written_round(void **state)
{
    (void)state;
    char *text = rate_text(5000000);
    assert_string_equal(text, "200/s");
    g_free(text);
    text = rate_text(6000000000);
    assert_string_equal(text, "10/m");
    g_free(text);
}

static struct variate distribution(const char *text)
{
    struct variate variate = {0};
    char *file;
    assert_null(distribution_read(text, &variate, &file));
    assert_null(file);
    return variate;
}

static void distributions_hold_their_parameters(void **state)
{
    (void)state;
    struct variate v = distribution("lognormal(median 1ms p99 8ms)");
    assert_int_equal(v.kind, VARIATE_LOGNORMAL);
    assert_int_equal(v.a, 1000000);
    assert_int_equal(v.b, 8000000);
    v = distribution("pareto(1ms shape 1.5)");
    assert_int_equal(v.kind, VARIATE_PARETO);
    assert_int_equal(v.a, 1000000);
    assert_int_equal(v.c_ppm, 1500000);
    v = distribution("normal(5ms sd 1ms)");
    assert_int_equal(v.kind, VARIATE_NORMAL);
    assert_int_equal(v.b, 1000000);
}

static void dots_spaces_and_commas_part_the_ends_of_uniform(void **state)
{
    (void)state;
    static const char *const forms[] = {"uniform(1ms..3ms)", "uniform(1ms .. 3ms)", "uniform(1ms, 3ms)",
                                        "uniform( 1ms,3ms )"};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        struct variate v = distribution(forms[i]);
        assert_int_equal(v.a, 1000000);
        assert_int_equal(v.b, 3000000);
    }
}

static void every_form_is_read_from_its_example_and_written_as_it(void **state)
{
    (void)state;
    for (const struct distribution_form *form = distribution_forms; form->name; form++) {
        struct variate variate = {0};
        char *file = NULL;
        assert_null(distribution_read(form->example, &variate, &file));
        assert_int_equal(variate.kind, form->kind);
        char *text = distribution_text(&variate, file);
        assert_string_equal(text, form->example);
        g_free(text);
        g_free(file);
    }
}

static void what_is_no_distribution_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"uniform()",
                                        "uniform(1ms)",
                                        "uniform(1ms..2ms..3ms)",
                                        "uniform(2ms..1ms)",
                                        "exponential(1ms 2ms)",
                                        "lognormal(1ms p99 8ms)",
                                        "lognormal(median 8ms p99 1ms)",
                                        "normal(1ms 1ms)",
                                        "pareto(1ms shape 0)",
                                        "weibull(0s shape 1)",
                                        "exponential(1ms",
                                        "poisson(1ms)"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct variate variate;
        char *file = NULL;
        assert_refused(distribution_read(wrong[i], &variate, &file));
        assert_null(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_exact_in_every_unit),
        cmocka_unit_test(zero_needs_no_unit),
        cmocka_unit_test(what_is_no_duration_leaves_the_result_alone),
        cmocka_unit_test(sizes_count_thousands_and_powers_of_two),
        cmocka_unit_test(a_rate_is_its_mean_interval_to_the_nearest_nanosecond),
        cmocka_unit_test(shares_are_whole_millionths),
        cmocka_unit_test(counts_go_to_the_last_64_bit_number),
        cmocka_unit_test(a_word_is_its_place_among_the_allowed),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_number),
        cmocka_unit_test(every_interval_has_a_rate_that_reads_back),
        cmocka_unit_test(a_round_rate_is_written_round),
        cmocka_unit_test(distributions_hold_their_parameters),
        cmocka_unit_test(dots_spaces_and_commas_part_the_ends_of_uniform),
        cmocka_unit_test(every_form_is_read_from_its_example_and_written_as_it),
        cmocka_unit_test(what_is_no_distribution_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
