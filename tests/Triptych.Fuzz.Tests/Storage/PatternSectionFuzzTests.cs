using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Patterns;
using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Fuzz.Tests.Storage;

/// <summary>Sections of patterns that are damaged are refused, or count as many lines of each stream as it has.</summary>
public sealed class PatternSectionFuzzTests
{
    private const long Origin = 1_700_000_040_000_000_000;
    private const int Rows = 60;

    // The same runs for all sections: 30 rows of stream 0, 20 of 1, 10 of 2.
    private static readonly int[] s_streams = [.. Enumerable.Range(0, Rows).Select(i => i < 30 ? 0 : i < 50 ? 1 : 2)];

    [Fact]
    public void Pattern_sections()
    {
        byte[][] corpus = [Section(4, 1), Section(40, 7), Section(1, 60)];
        FuzzRun.Each(corpus, body =>
        {
            using var miner = new PatternMiner(null);
            try
            {
                using var section = PatternSection.Read(body, StreamRuns.Of(s_streams), "fuzz");
                var lookup = new PatternLookup(TenantId.Default, [], long.MinValue, long.MaxValue, 60_000_000_000);
                section.TryAddTo(miner, lookup, (Origin, Origin), stream => stream != 1).ShouldBeTrue();
            }
            catch (CorruptFileException)
            {
                return;
            }

            miner.Finish(60_000_000_000, int.MaxValue).Sum(p => p.Samples.Sum(s => s.Count)).ShouldBe(40);
        });
    }

    private static byte[] Section(int patterns, int stepSeconds)
    {
        using var found = new RowGroupPatterns(MemoryBudget.Unlimited("fuzz"));
        found.Begin();
        for (var i = 0; i < Rows; i++)
        {
            // Long enough that a section pays.
            found.Add(
                s_streams[i], Origin + (i * stepSeconds * 1_000_000_000L), (LogLevel)(i % 3),
                Encoding.UTF8.GetBytes($"{new string((char)('a' + (i % patterns % 26)), 1 + (i % patterns))}: {i} of many {new string('7', 500)}"));
        }

        using var section = new PooledBufferWriter();
        found.TryFinish(section).ShouldBeTrue();
        return section.WrittenSpan.ToArray();
    }
}
