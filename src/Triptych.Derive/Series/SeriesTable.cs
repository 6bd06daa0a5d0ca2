using System.Runtime.InteropServices;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Derive.Series;

/// <summary>The trace behind an observation.</summary>
/// <param name="TraceId">The trace.</param>
/// <param name="Value">What was observed.</param>
/// <param name="IsSet">Whether there is one.</param>
internal readonly record struct SeriesExemplar(TraceId TraceId, double Value, bool IsSet);

/// <summary>A label set that is counted for.</summary>
/// <param name="Labels">Canonical, without name and bucket bound. Not empty.</param>
/// <param name="CreatedMs">When the first came, Unix milliseconds.</param>
/// <param name="LastMs">When the last came.</param>
internal record struct SeriesRow(byte[] Labels, long CreatedMs, long LastMs);

/// <summary>
/// Counters and histograms by label set. What it holds follows from the calls alone: a label set to which nothing came for the stale time
/// begins anew with what comes next, whether or not <see cref="Expire"/> has taken it out before. Beyond the most label sets, new ones are
/// counted together under <see cref="OverflowLabels"/>. One thread at a time.
/// </summary>
/// <param name="layout">What is counted.</param>
/// <param name="maxSeries">The most series, as <see cref="SeriesLayout.SeriesCount"/> counts them.</param>
/// <param name="staleAfterMs">After so long without anything a label set ends.</param>
/// <param name="seed">For hashes; any number.</param>
internal sealed class SeriesTable(SeriesLayout layout, int maxSeries, long staleAfterMs, ulong seed)
{
    private const int MaxSavedRows = 1 << 22;
    private readonly int _maxRows = Math.Max(1, maxSeries / Math.Max(1, layout.SeriesCount));
    private readonly Dictionary<Hash128, int> _byLabels = [];

    // Other ways to a row, which may be forgotten at any time.
    private readonly Dictionary<Hash128, int> _byKey = [];
    private readonly Stack<int> _free = new();
    private SeriesRow[] _rows = new SeriesRow[16];
    private double[] _values = new double[16 * layout.ValueCount];
    private SeriesExemplar[] _exemplars = new SeriesExemplar[16 * layout.Histograms];
    private NativeCounts?[] _natives = new NativeCounts?[layout.Native is null ? 0 : 16 * layout.Histograms];
    private int _used;
    private int _overflow = -1;

    /// <summary>What is counted under these labels could not be told apart: <c>metric_overflow="true"</c>.</summary>
    public static ReadOnlySpan<byte> OverflowLabels => "\u000fmetric_overflow\u0004true"u8;

    /// <summary>What is counted.</summary>
    public SeriesLayout Layout { get; } = layout;

    /// <summary>Label sets, that of what overflowed among them.</summary>
    public int Count => _used - _free.Count;

    /// <summary>Observations and additions that went to <see cref="OverflowLabels"/>.</summary>
    public long OverflowCount { get; private set; }

    /// <summary>Hash of a key or label set.</summary>
    public Hash128 HashOf(ReadOnlySpan<byte> bytes) => Hash128.Compute(bytes, seed);

    /// <summary>The row to which a key led last; -1 where that is not known.</summary>
    public int Find(Hash128 key) => _byKey.TryGetValue(key, out var row) ? row : -1;

    /// <summary>The row of a label set, made where there is none; a key leads to it from now on.</summary>
    public int FindOrAdd(Hash128 key, ReadOnlySpan<byte> labels, long nowMs)
    {
        var hash = HashOf(labels);
        if (!_byLabels.TryGetValue(hash, out var row))
        {
            if (Count >= _maxRows) Expire(nowMs, ended: null);
            if (Count >= _maxRows) return Overflow(nowMs);
            row = Add(hash, labels, nowMs);
        }

        if (_byKey.Count >= 4 * _maxRows) _byKey.Clear();
        _byKey[key] = row;
        return row;
    }

    /// <summary>Says that something is to be counted in a row; one that is stale begins anew.</summary>
    public void Touch(int row, long nowMs)
    {
        ref var entry = ref _rows[row];
        if (nowMs - entry.LastMs >= staleAfterMs)
        {
            Clear(row);
            entry.CreatedMs = nowMs;
        }

        if (row == _overflow) OverflowCount++;
        entry.LastMs = Math.Max(entry.LastMs, nowMs);
    }

    /// <summary>Adds to a counter.</summary>
    public void Add(int row, int counter, double amount) => _values[(row * Layout.ValueCount) + counter] += amount;

    /// <summary>Adds an observation to a histogram.</summary>
    public void Observe(int row, int histogram, double value, double weight, in TraceId traceId)
    {
        var sum = (row * Layout.ValueCount) + Layout.SumOf(histogram);
        _values[sum] += value * weight;
        _values[sum + 1 + Layout.BucketOf(value)] += weight;
        var place = (row * Layout.Histograms) + histogram;
        _exemplars[place] = new SeriesExemplar(traceId, value, IsSet: true);
        if (Layout.Native is { } native) (_natives[place] ??= new NativeCounts(native)).Add(value, weight, native.MaxBuckets);
    }

    /// <summary>Takes out what is stale.</summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="ended">Takes the labels of what went; null where nobody wants them.</param>
    public void Expire(long nowMs, List<byte[]>? ended)
    {
        var any = false;
        for (var row = 0; row < _used; row++)
        {
            if (_rows[row].Labels is not { } labels || nowMs - _rows[row].LastMs < staleAfterMs) continue;
            ended?.Add(labels);
            if (row == _overflow) _overflow = -1;
            _byLabels.Remove(HashOf(labels));
            _rows[row] = default;
            Clear(row);
            _free.Push(row);
            any = true;
        }

        if (any) _byKey.Clear();
    }

    /// <summary>A copy of all rows as they are now; exemplars are handed over.</summary>
    /// <param name="ended">Labels of rows that were taken out.</param>
    public SeriesSnapshot Copy(IReadOnlyList<byte[]> ended)
    {
        var rows = new List<SeriesRow>(Count);
        var values = new double[Count * Layout.ValueCount];
        var exemplars = new SeriesExemplar[Count * Layout.Histograms];
        var natives = new Model.Metrics.FloatHistogram?[Layout.Native is null ? 0 : Count * Layout.Histograms];
        for (var row = 0; row < _used; row++)
        {
            if (_rows[row].Labels is null) continue;
            _values.AsSpan(row * Layout.ValueCount, Layout.ValueCount).CopyTo(values.AsSpan(rows.Count * Layout.ValueCount));
            var from = _exemplars.AsSpan(row * Layout.Histograms, Layout.Histograms);
            from.CopyTo(exemplars.AsSpan(rows.Count * Layout.Histograms));
            from.Clear();
            for (var h = 0; natives.Length > 0 && h < Layout.Histograms; h++)
                natives[(rows.Count * Layout.Histograms) + h] = _natives[(row * Layout.Histograms) + h]?.ToHistogram();
            rows.Add(_rows[row]);
        }

        return new SeriesSnapshot(Layout, rows, values, exemplars, natives, ended);
    }

    /// <summary>Writes all rows, and what they are made of, so that a table of another layout can pass over them.</summary>
    public void Save(PooledBufferWriter output)
    {
        output.WriteUnsigned((ulong)Layout.ValueCount);
        output.WriteByte(Layout.Native is null ? (byte)0 : (byte)1);
        output.WriteUnsigned((ulong)Layout.Histograms);
        output.WriteUnsigned((ulong)Layout.Bounds.Length);
        foreach (var bound in Layout.Bounds) output.WriteDouble(bound);
        output.WriteUnsigned((ulong)Count);
        for (var row = 0; row < _used; row++)
        {
            if (_rows[row].Labels is not { } labels) continue;
            output.WriteLengthPrefixed(labels);
            output.WriteSigned(_rows[row].CreatedMs);
            output.WriteSigned(_rows[row].LastMs);
            foreach (var value in _values.AsSpan(row * Layout.ValueCount, Layout.ValueCount)) SavedNumber.Write(output, value);
            foreach (var native in NativesOf(row))
            {
                output.WriteByte(native is null ? (byte)0 : (byte)1);
                native?.Save(output);
            }
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote; rows that were counted otherwise are left out, and begin anew with what comes.</summary>
    public void Load(ref VarintReader reader)
    {
        var values = reader.ReadCount(1 << 16);
        var hasNatives = reader.ReadByte() == 1;
        var histograms = reader.ReadCount(1 << 10);
        var fits = values == Layout.ValueCount && hasNatives == (Layout.Native is not null) && histograms == Layout.Histograms;
        var bounds = reader.ReadCount(1 << 12);
        fits &= bounds == Layout.Bounds.Length;
        for (var i = 0; i < bounds && !reader.Failed; i++)
        {
            var bound = reader.ReadDouble();
            fits &= i < Layout.Bounds.Length && bound == Layout.Bounds[i];
        }

        var read = new double[values];
        for (var rows = reader.ReadCount(MaxSavedRows); rows > 0 && !reader.Failed; rows--)
        {
            var labels = reader.ReadLengthPrefixed();
            var (created, last) = (reader.ReadSigned(), reader.ReadSigned());
            foreach (ref var value in read.AsSpan()) value = SavedNumber.Read(ref reader);
            var row = !fits || reader.Failed ? -1 : Add(HashOf(labels), labels, created);
            if (row >= 0)
            {
                _rows[row].LastMs = last;
                read.CopyTo(_values.AsSpan(row * Layout.ValueCount));
                if (labels.SequenceEqual(OverflowLabels)) _overflow = row;
            }

            for (var h = 0; hasNatives && h < histograms && !reader.Failed; h++)
            {
                if (reader.ReadByte() == 0) continue;
                var native = NativeCounts.Load(ref reader);
                if (row >= 0) NativesOf(row)[h] = native;
            }
        }
    }

    private Span<NativeCounts?> NativesOf(int row) =>
        Layout.Native is null ? [] : _natives.AsSpan(row * Layout.Histograms, Layout.Histograms);

    private int Overflow(long nowMs)
    {
        if (_overflow < 0) _overflow = Add(HashOf(OverflowLabels), OverflowLabels, nowMs);
        return _overflow;
    }

    private int Add(Hash128 hash, ReadOnlySpan<byte> labels, long nowMs)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byLabels, hash, out var exists);
        if (exists) return known;
        if (!_free.TryPop(out var row))
        {
            row = _used++;
            if (row == _rows.Length) Grow();
        }

        _rows[row] = new SeriesRow(labels.ToArray(), nowMs, nowMs);
        return known = row;
    }

    private void Grow()
    {
        var rows = _rows.Length * 2;
        Array.Resize(ref _rows, rows);
        Array.Resize(ref _values, rows * Layout.ValueCount);
        Array.Resize(ref _exemplars, rows * Layout.Histograms);
        if (Layout.Native is not null) Array.Resize(ref _natives, rows * Layout.Histograms);
    }

    private void Clear(int row)
    {
        _values.AsSpan(row * Layout.ValueCount, Layout.ValueCount).Clear();
        _exemplars.AsSpan(row * Layout.Histograms, Layout.Histograms).Clear();
        NativesOf(row).Clear();
    }
}
