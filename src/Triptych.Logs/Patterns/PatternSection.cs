using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Patterns;

/// <summary>
/// The section of a row group's patterns (docs/formats/logs-block.md): how many lines each has in each run of one stream and step of time. Written out of
/// <see cref="PatternCounts"/>; read, it is sure that the counts of each run add up to its rows. Immutable; the owner disposes it.
/// </summary>
internal sealed class PatternSection : IDisposable
{
    /// <summary>The shortest step.</summary>
    public const long StepNanos = 10_000_000_000;

    /// <summary>How many of the shortest steps a step has, if possible.</summary>
    public const int ShortSteps = 1;

    /// <summary>How many it has where the section were too large else.</summary>
    public const int LongSteps = 6;

    /// <summary>The pattern of lines that have none of their own.</summary>
    public const string AnyText = "<_>";

    private const byte Version = 1;
    private const int MostRawBytes = 4 * 1024 * 1024;
    private const int MostPatterns = 4096;
    private const int MostEntries = 64 * 1024;
    private const int CompressionLevel = 3;

    // What is shorter stands as it is.
    private const int LeastCompressed = 1024;

    private readonly PooledBytes _raw;
    private readonly StreamRuns _runs;
    private readonly List<(string Level, Range Text)> _patterns = [];
    private int _entriesAt;

    private PatternSection(PooledBytes raw, StreamRuns runs)
    {
        _raw = raw;
        _runs = runs;
    }

    /// <summary>How long its steps are.</summary>
    public long WidthNanos { get; private set; }

    /// <summary>The number of the step of some length that a value is in.</summary>
    public static long StepOf(long value, long length) => value >= 0 ? value / length : ((value + 1) / length) - 1;

    /// <summary>When a step of some length begins; the first time there is where it began before that.</summary>
    public static long StartOf(long step, long length) => step < long.MinValue / length ? long.MinValue : step * length;

    /// <summary>The same with a time that begins no later and ends no earlier, both with one of the shortest steps.</summary>
    public static PatternLookup InWholeSteps(PatternLookup lookup)
    {
        var (min, max) = (lookup.MinTimeUnixNanos, lookup.MaxTimeUnixNanos);
        return lookup with
        {
            MinTimeUnixNanos = StartOf(StepOf(min, StepNanos), StepNanos),
            MaxTimeUnixNanos = max > long.MaxValue - StepNanos ? long.MaxValue : StartOf(StepOf(max + StepNanos - 1, StepNanos), StepNanos),
        };
    }

    /// <summary>Writes a section; false, and something written, where it takes more than the most bytes.</summary>
    public static bool TryWrite(
        PooledBufferWriter output, IReadOnlyList<(int Level, string Text)> patterns, int stepsEach, PatternCounts counts, int mostBytes)
    {
        if (patterns.Count > MostPatterns) return false;
        using var raw = new PooledBufferWriter();
        raw.WriteUnsigned((ulong)(StepNanos / 1_000_000_000 * stepsEach));
        raw.WriteUnsigned((ulong)patterns.Count);
        foreach (var (level, text) in patterns)
        {
            raw.WriteByte((byte)level);
            raw.WriteLengthPrefixed(Encoding.UTF8.GetBytes(text));
        }

        raw.WriteUnsigned((ulong)counts.Count);
        using var column = new PooledBufferWriter();
        var last = 0L;
        for (var i = 0; i < counts.Count; i++) WriteDifference(counts.PatternOf(i));
        EndColumn();
        for (var i = 0; i < counts.Count; i++) WriteDifference(counts.RunOf(i));
        EndColumn();
        for (var i = 0; i < counts.Count; i++) WriteDifference(counts.StepOf(i));
        EndColumn();
        for (var i = 0; i < counts.Count; i++) column.WriteUnsigned((ulong)counts.CountOf(i));
        EndColumn();
        if (raw.Length > MostRawBytes) return false;
        output.WriteByte(Version);
        output.WriteUnsigned((ulong)raw.Length);
        if (raw.Length < LeastCompressed) output.Write(raw.WrittenSpan);
        else Zstd.Compress(raw.WrittenSpan, output, CompressionLevel);
        return output.Length <= mostBytes;

        void WriteDifference(long value)
        {
            column.WriteSigned(value - last);
            last = value;
        }

        void EndColumn()
        {
            raw.WriteLengthPrefixed(column.WrittenSpan);
            column.Reset();
            last = 0;
        }
    }

    /// <summary>Reads a section.</summary>
    /// <exception cref="CorruptFileException">The section is damaged, or about other rows.</exception>
    public static PatternSection Read(ReadOnlySpan<byte> section, StreamRuns runs, string file)
    {
        var reader = new VarintReader(section);
        if (reader.ReadByte() != Version) throw Damaged(file, "is of another version");
        var length = reader.ReadUnsigned();
        if (reader.Failed || length > MostRawBytes) throw Damaged(file, $"has {length} bytes");
        var read = new PatternSection(PooledBytes.Rent((int)length), runs);
        try
        {
            if (!TryTake(section[reader.Position..], read._raw.Span)) throw Damaged(file, "cannot be decompressed");

            read.Check(file);
            return read;
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>About the most memory that reading a section takes, in bytes.</summary>
    public static long MostBytes(long length, int runs) => length + MostRawBytes + (runs * sizeof(int)) + (MostPatterns * 64L);

    /// <summary>
    /// Adds the counts of runs of wanted streams in the time asked for, which begins and ends with a step of the shortest length. False, and nothing added,
    /// where the steps here are too long to tell what is asked for.
    /// </summary>
    /// <param name="miner">Where to.</param>
    /// <param name="lookup">What is asked for.</param>
    /// <param name="times">The first and the last time of the rows.</param>
    /// <param name="isWanted">Whether a stream is wanted, by its number.</param>
    public bool TryAddTo(PatternMiner miner, PatternLookup lookup, (long First, long Last) times, Func<int, bool> isWanted)
    {
        var isShort = WidthNanos == StepNanos;
        var (min, max) = (lookup.MinTimeUnixNanos, lookup.MaxTimeUnixNanos);
        var (isFromStart, isToEnd) = (min <= times.First, max > times.Last);
        if (!isShort && (lookup.StepNanos % WidthNanos != 0 || !(isFromStart || min % WidthNanos == 0) || !(isToEnd || max % WidthNanos == 0))) return false;
        Add(miner, lookup.StepNanos, isFromStart ? long.MinValue : min, isToEnd ? long.MaxValue : max, isWanted);
        return true;
    }

    private void Add(PatternMiner miner, long stepNanos, long minTime, long maxTime, Func<int, bool> isWanted)
    {
        var clusters = new PatternCluster?[_patterns.Count];
        var entries = new EntryReader(_raw.Span[_entriesAt..]);
        while (entries.MoveNext())
        {
            var time = StartOf(entries.Step, WidthNanos);
            if (time < minTime || (time >= maxTime && maxTime != long.MaxValue) || !isWanted(_runs.StreamOf((int)entries.Run))) continue;
            ref var cluster = ref clusters[entries.Pattern];
            var (level, text) = _patterns[(int)entries.Pattern];
            cluster ??= miner.ClusterOf(_raw.Span[text], level);
            miner.Add(cluster, StepOf(time, stepNanos), (long)entries.Count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _raw.Dispose();

    private static bool TryTake(ReadOnlySpan<byte> stored, Span<byte> raw)
    {
        if (raw.Length >= LeastCompressed) return Zstd.TryDecompress(stored, raw, out var written) == CodecStatus.Done && written == raw.Length;
        if (stored.Length != raw.Length) return false;
        stored.CopyTo(raw);
        return true;
    }

    private void Check(string file)
    {
        var reader = new VarintReader(_raw.Span);
        WidthNanos = (long)Math.Min(reader.ReadUnsigned(), int.MaxValue) * 1_000_000_000;
        if (WidthNanos is not (ShortSteps * StepNanos) and not (LongSteps * StepNanos)) throw Damaged(file, "has steps of another length");
        for (var left = reader.ReadCount(MostPatterns); left > 0; left--)
        {
            var level = RowGroupPatterns.LevelOf(reader.ReadByte()) ?? throw Damaged(file, "has a level that there is not");
            var text = reader.ReadLengthPrefixed();
            _patterns.Add((level, (reader.Position - text.Length)..reader.Position));
        }

        _entriesAt = reader.Position;
        var rowsLeft = new int[_runs.Count];
        for (var run = 0; run < rowsLeft.Length; run++) rowsLeft[run] = _runs.EndOf(run) - _runs.StartOf(run);
        var entries = new EntryReader(_raw.Span[_entriesAt..]);
        while (!reader.Failed && entries.MoveNext())
        {
            var isKnown = (ulong)entries.Pattern < (ulong)_patterns.Count && (ulong)entries.Run < (ulong)rowsLeft.Length
                && entries.Count <= (ulong)rowsLeft[entries.Run];
            if (!isKnown || entries.Step > long.MaxValue / WidthNanos || entries.Step < StepOf(long.MinValue, WidthNanos))
            {
                throw Damaged(file, "counts what there is not");
            }

            rowsLeft[entries.Run] -= (int)entries.Count;
        }

        if (reader.Failed || entries.Failed) throw Damaged(file, "breaks off");
        if (Array.Exists(rowsLeft, static left => left != 0)) throw Damaged(file, "does not count all rows");
    }

    private static CorruptFileException Damaged(string file, string what) => new(file, 0, $"the section of patterns {what}");

    /// <summary>Walks through the four columns of entries in step.</summary>
    private ref struct EntryReader
    {
        private VarintReader _pattern;
        private VarintReader _run;
        private VarintReader _step;
        private VarintReader _count;
        private int _left;

        public EntryReader(ReadOnlySpan<byte> columns)
        {
            var reader = new VarintReader(columns);
            _left = reader.ReadCount(MostEntries);
            _pattern = new VarintReader(reader.ReadLengthPrefixed());
            _run = new VarintReader(reader.ReadLengthPrefixed());
            _step = new VarintReader(reader.ReadLengthPrefixed());
            _count = new VarintReader(reader.ReadLengthPrefixed());
            Failed = reader.Failed;
        }

        public bool Failed { get; private set; }

        public long Pattern { get; private set; }

        public long Run { get; private set; }

        public long Step { get; private set; }

        public ulong Count { get; private set; }

        public bool MoveNext()
        {
            if (Failed || _left == 0) return false;
            _left--;
            Pattern = unchecked(Pattern + _pattern.ReadSigned());
            Run = unchecked(Run + _run.ReadSigned());
            Step = unchecked(Step + _step.ReadSigned());
            Count = _count.ReadUnsigned();
            Failed = _pattern.Failed || _run.Failed || _step.Failed || _count.Failed;
            return !Failed;
        }
    }
}
