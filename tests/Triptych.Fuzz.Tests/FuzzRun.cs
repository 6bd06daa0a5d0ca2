using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Triptych.Fuzz.Tests;

/// <summary>
/// The cases of one kind: first the bodies that failed once (<see cref="FailedCases"/>), then the valid ones, then 10,000 mutations of
/// those; with TRIPTYCH_TEST_LONG=1 as many as ten minutes shared by all kinds allow, from another seed each time. A kind is a test method,
/// or a row of its inline data. A failure names the seed and shows the body, which is then put into the table of failed cases.
/// </summary>
public static class FuzzRun
{
    private const int NormalCases = 10_000;
    private static readonly TimeSpan LongRunOfAllKinds = TimeSpan.FromMinutes(10);
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";
    private static readonly TimeSpan LongRun = LongRunOfAllKinds / CountKinds();

    /// <summary>Runs a check on each case; what it throws is the failure.</summary>
    public static void Each(IReadOnlyList<byte[]> corpus, Action<byte[]> check, [CallerMemberName] string kind = "")
    {
        foreach (var (body, name) in Cases(corpus, kind))
        {
            try
            {
                check(body);
            }
            catch (Exception e)
            {
                throw Failure(body, name, e);
            }
        }
    }

    /// <summary>The same for a check that awaits.</summary>
    public static async Task EachAsync(IReadOnlyList<byte[]> corpus, Func<byte[], Task> check, [CallerMemberName] string kind = "")
    {
        foreach (var (body, name) in Cases(corpus, kind))
        {
            try
            {
                await check(body);
            }
            catch (Exception e)
            {
                throw Failure(body, name, e);
            }
        }
    }

    private static IEnumerable<(byte[] Body, string Name)> Cases(IReadOnlyList<byte[]> corpus, string kind)
    {
        var watch = Stopwatch.StartNew();
        foreach (var body in FailedCases.Of(kind)) yield return (body, "a case that failed before");
        foreach (var body in corpus) yield return (body, "a valid case");
        var firstSeed = IsLong ? FirstSeed() : 0;
        var seed = firstSeed;
        for (; IsLong ? watch.Elapsed < LongRun : seed < NormalCases; seed++) yield return (ByteMutator.Mutate(corpus, seed), $"seed {seed}");
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{seed - firstSeed} mutations, seeds {firstSeed} to {seed - 1}, in {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    private static int FirstSeed() =>
        int.TryParse(Environment.GetEnvironmentVariable("TRIPTYCH_TEST_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next(1_000_000_000);

    private static InvalidOperationException Failure(byte[] body, string name, Exception e) =>
        new($"{name} failed: {e.Message}. Body: {Convert.ToBase64String(body)}", e);

    private static int CountKinds() => typeof(FuzzRun).Assembly.GetTypes()
        .SelectMany(t => t.GetMethods())
        .Where(m => m.IsDefined(typeof(FactAttribute)))
        .Sum(m => Math.Max(1, m.GetCustomAttributes<InlineDataAttribute>().Count()));
}
