using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Metrics.Block;
using Triptych.Metrics.Chunks;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Compaction;

/// <summary>The time vectors of an input: coded in memory, decoded when they are asked for, some of them kept. One owner disposes it.</summary>
internal sealed class TimeVectors : IDisposable
{
    private readonly PooledBytes _section;
    private readonly NativeList<Place> _places;
    private readonly ScanCharge _decodedBytes;
    private readonly long _keptBytes;
    private readonly Dictionary<int, long[]> _decoded = [];
    private long _used;

    private TimeVectors(PooledBytes section, MemoryBudget budget, long keptBytes)
    {
        _section = section;
        _places = new NativeList<Place>(budget);
        _decodedBytes = new ScanCharge(budget);
        _keptBytes = keptBytes;
    }

    /// <summary>How many there are.</summary>
    public int Count => _places.Count;

    /// <summary>Reads the section and where its vectors begin. The file charges the budget for the section.</summary>
    public static async ValueTask<TimeVectors> OpenAsync(
        ParquetFile file, string key, MemoryBudget budget, long keptBytes, CancellationToken cancellationToken)
    {
        var vectors = new TimeVectors(await file.ReadSectionAsync(MetricBlockSchema.TimeVectorsSection, cancellationToken), budget, keptBytes);
        try
        {
            vectors.FindPlaces(key);
            return vectors;
        }
        catch
        {
            vectors.Dispose();
            throw;
        }
    }

    /// <summary>How many timestamps a vector has.</summary>
    public int LengthOf(int number) => _places[number].Count;

    /// <summary>Whether a vector is short enough to be decoded as a whole; longer ones are walked through.</summary>
    public bool IsShort(int number) => _places[number].Count * 8L <= _keptBytes / 4;

    /// <summary>Decodes the timestamps of a vector one after another.</summary>
    public TimestampReader Walk(int number)
    {
        var place = _places[number];
        return new TimestampReader(_section.Span.Slice(place.Start, place.Length), place.Count);
    }

    /// <summary>The timestamps of a vector that is short, Unix milliseconds.</summary>
    public ReadOnlySpan<long> Read(int number)
    {
        if (_decoded.TryGetValue(number, out var known)) return known;
        var place = _places[number];
        if (_used + (place.Count * 8L) > _keptBytes)
        {
            _decoded.Clear();
            _used = 0;
        }

        _used += place.Count * 8L;
        _decodedBytes.Set(_used);
        var times = new long[place.Count];
        var codec = default(TimeCodec);
        var reader = new BitReader(_section.Span.Slice(place.Start, place.Length));
        for (var i = 0; i < times.Length; i++) times[i] = codec.Decode(ref reader);
        return _decoded[number] = times;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _section.Dispose();
        _places.Dispose();
        _decodedBytes.Dispose();
    }

    private void FindPlaces(string key)
    {
        var reader = new VarintReader(_section.Span);
        for (var n = reader.ReadCount(_section.Length); n > 0 && !reader.Failed; n--)
        {
            var count = reader.ReadCount(int.MaxValue);
            var bits = reader.ReadLengthPrefixed();

            // A timestamp takes a bit at least: more of them than bits are damage, and no reason to allocate.
            if (count > bits.Length * 8L) throw new CorruptFileException(key, 0, "a time vector claims more timestamps than it has bits");
            _places.Add(new Place(reader.Position - bits.Length, bits.Length, count));
        }

        if (reader.Failed) throw new CorruptFileException(key, 0, "the section of time vectors breaks off");
    }

    private readonly record struct Place(int Start, int Length, int Count);

    /// <summary>Timestamps of a vector, Unix milliseconds, from first to last.</summary>
    internal ref struct TimestampReader(ReadOnlySpan<byte> bits, int count)
    {
        private BitReader _bits = new(bits);
        private TimeCodec _codec;
        private int _left = count;

        /// <summary>The timestamp at hand.</summary>
        public long Current { get; private set; }

        /// <summary>Goes on to the next; false behind the last.</summary>
        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            Current = _codec.Decode(ref _bits);
            return true;
        }
    }
}
