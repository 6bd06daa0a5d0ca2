using System.Diagnostics;

namespace Triptych.Fuzz.Tests;

/// <summary>How many cases a run has: 10,000 of each kind in the normal run; with TRIPTYCH_TEST_LONG=1 for a minute of each kind.</summary>
public static class FuzzRun
{
    private const int NormalCases = 10_000;
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(50);

    public static void Each(IReadOnlyList<byte[]> corpus, Action<byte[]> check)
    {
        var isLong = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";
        var watch = Stopwatch.StartNew();
        foreach (var body in corpus) check(body);
        for (var seed = 0; isLong ? watch.Elapsed < LongRun : seed < NormalCases; seed++)
        {
            var body = ByteMutator.Mutate(corpus, seed);
            try
            {
                check(body);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {e.Message}. Body: {Convert.ToBase64String(body)}", e);
            }
        }
    }
}
