using System.Text;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Model.Labels;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

public sealed class BlockFileTests : IDisposable
{
    private const string Ulid = "01HXAAAAAAAAAAAAAAAAAAAAAA";
    private static readonly TsdbSeries[] Series =
    [
        new([("A", "before the name"), ("__name__", "up")], Chunk((1000, 1), (2000, 2))), TsdbSeries.Of("node_load1", "a", (1000, 0.5), (5000, 0.25)),
        new([("__name__", "up"), ("job", "é")], Chunk((1000, 1), (2000, 0)), Chunk((9000, 4), (9500, 5)), Chunk((20000, 4))),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-tsdb-").FullName;
    private readonly List<TsdbDamage> _damage = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Series_come_by_metric_name_with_all_samples()
    {
        Read(TsdbBlockFiles.Write(_folder, Ulid, Series)).ShouldBe(
        [
            "__name__=node_load1 job=a: 1000=0.5 5000=0.25", "A=before the name __name__=up: 1000=1 2000=2", "__name__=up job=é: 1000=1 2000=0 9000=4 9500=5 20000=4",
        ]);
        _damage.ShouldBeEmpty();
    }

    [Fact]
    public void The_description_of_a_block_is_read()
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series, compaction: """{"level":2,"parents":[{"ulid":"X"}],"hints":["from-out-of-order"]}""");
        var block = BlockDescription.Read(directory);
        (block.Ulid, block.MinTimeMs, block.MaxTimeMs, block.Samples, block.IsFromOutOfOrder).ShouldBe((Ulid, 1000, 20001, 9, true));
        block.Parents.ShouldBe(["X"]);
    }

    [Fact]
    public void Tombstones_name_series_by_their_place()
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series, [(1, 0, 1500), (1, 3000, 4000)]);
        var tombstones = BlockTombstones.Read(Path.Combine(directory, "tombstones"));
        using var index = BlockIndex.Open(Path.Combine(directory, "index"), _damage.Add);
        var first = index.ByMetricName().First().Span[0];
        tombstones.Of(BlockIndex.ReferenceOf(first)).ShouldBe([new DeletedRange(0, 1500), new DeletedRange(3000, 4000)]);
        BlockTombstones.Read(Path.Combine(_folder, "missing")).IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("index")]
    [InlineData("chunks/000001")]
    [InlineData("tombstones")]
    public void Any_altered_byte_is_told_with_its_place_or_changes_nothing(string name)
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series, [(1, 0, 1500)]);
        var file = Path.Combine(directory, name);
        var whole = File.ReadAllBytes(file);
        var expected = Read(directory);
        for (var at = 0; at < whole.Length; at++)
        {
            var altered = (byte[])whole.Clone();
            altered[at] ^= 0x21;
            File.WriteAllBytes(file, altered);
            _damage.Clear();
            var found = Read(directory);
            if (_damage.Count == 0) found.ShouldBe(expected, $"byte {at}");
            else _damage.ShouldAllBe(d => d.File.StartsWith(directory, StringComparison.Ordinal) && d.Offset >= 0 && d.Offset <= whole.Length);
        }
    }

    [Theory]
    [InlineData("index")]
    [InlineData("chunks/000001")]
    [InlineData("tombstones")]
    [InlineData("meta.json")]
    public void A_file_cut_anywhere_is_told(string name)
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series, [(1, 0, 1500)]);
        var file = Path.Combine(directory, name);
        var whole = File.ReadAllBytes(file);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            _damage.Clear();
            Read(directory);
            _damage.ShouldNotBeEmpty($"{length} of {whole.Length} bytes");
        }
    }

    [Fact]
    public void A_damaged_chunk_costs_itself_alone()
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series);
        var file = Path.Combine(directory, "chunks", "000001");
        var (whole, places) = TsdbBlockFiles.Chunks(Series);
        whole[(int)places[2] + 6] ^= 1;
        File.WriteAllBytes(file, whole);
        Read(directory).ShouldBe(
            ["__name__=node_load1 job=a: 1000=0.5 5000=0.25", "A=before the name __name__=up: 1000=1 2000=2", "__name__=up job=é: 9000=4 9500=5 20000=4"]);
        _damage.ShouldBe([new TsdbDamage(file, (long)places[2], "the checksum of a chunk does not match")]);
    }

    [Fact]
    public void A_damaged_series_costs_itself_alone()
    {
        var directory = TsdbBlockFiles.Write(_folder, Ulid, Series);
        var (file, references) = TsdbBlockFiles.Index(Series, TsdbBlockFiles.Chunks(Series).Places);
        file[(references[1] * 16) + 2] ^= 1;
        File.WriteAllBytes(Path.Combine(directory, "index"), file);
        Read(directory).ShouldBe(["A=before the name __name__=up: 1000=1 2000=2", "__name__=up job=é: 1000=1 2000=0 9000=4 9500=5 20000=4"]);
        _damage.ShouldHaveSingleItem().Offset.ShouldBe(references[1] * 16);
    }

    private static TsdbChunk Chunk(params (long TimeMs, double Value)[] samples) =>
        new(1, samples[0].TimeMs, samples[^1].TimeMs, samples.Length, TsdbChunks.Floats(samples));

    private List<string> Read(string directory)
    {
        var found = new List<string>();
        try
        {
            BlockDescription.Read(directory);
            BlockTombstones.Read(Path.Combine(directory, "tombstones"));
            using var chunks = new ChunkSegments(Path.Combine(directory, "chunks"));
            using var index = BlockIndex.Open(Path.Combine(directory, "index"), _damage.Add);
            var list = new List<ChunkRef>();
            foreach (var place in index.ByMetricName().SelectMany(static g => g.ToArray()))
            {
                if (index.Read(place, list, out var labels) is { } damage)
                {
                    _damage.Add(damage);
                    continue;
                }

                var text = new StringBuilder();
                var reader = new LabelSetReader(labels);
                while (reader.TryRead(out var name, out var value))
                    text.Append(text.Length > 0 ? " " : "").Append($"{Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(value)}");
                var samples = new CollectedSamples();
                foreach (var chunk in list)
                {
                    if (chunks.Read(chunk.Reference, samples) is { } lost) _damage.Add(lost);
                }

                found.Add($"{text}: {string.Join(' ', samples.Floats.Select(static f => FormattableString.Invariant($"{f.TimeMs}={f.Value}")))}");
            }
        }
        catch (TsdbDamageException e)
        {
            _damage.Add(e.Damage);
        }

        return found;
    }
}
