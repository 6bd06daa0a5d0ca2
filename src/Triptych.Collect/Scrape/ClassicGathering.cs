using Triptych.Ingest;
using Triptych.Ingest.Exposition;
using Triptych.Ingest.Histograms;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Scrape;

/// <summary>What a line is of a classic histogram.</summary>
internal enum ClassicRole
{
    None,
    Bucket,
    Count,
    Sum,
}

/// <summary>
/// Gathers the lines of a classic histogram in a text exposition into a native histogram (<c>convert_classic_histograms_to_nhcb</c>), as Prometheus does: a
/// histogram is the lines that follow each other, of a family of that type, with equal labels but <c>le</c>. The native series is kept under the text of
/// its first line, with a byte before it that no text begins with. One thread at a time.
/// </summary>
internal sealed class ClassicGathering(ScrapeTarget target, TargetLabels labels, SeriesCache cache) : IDisposable
{
    private const byte Mark = 1;

    private readonly ClassicHistogram _histogram = new();
    private readonly LabelSetWriter _writer = new();
    private readonly PooledBufferWriter _key = new(capacity: 0);
    private readonly List<(byte[] Labels, double Value, long TimestampMs)> _exemplars = [];
    private ulong _whole;
    private long _startMs;

    /// <summary>Whether lines have been taken that no histogram was made of yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The native series in the cache; -1 where it cannot be had.</summary>
    public int Series { get; private set; }

    /// <summary>The time that the lines have of their own.</summary>
    public long? OwnTimeMs { get; private set; }

    /// <summary>What a line is.</summary>
    public static ClassicRole RoleOf(in ExpositionParser parser)
    {
        var family = parser.FamilyName;
        if (!parser.FamilyType.SequenceEqual("histogram"u8) || !parser.MetricName.StartsWith(family)) return ClassicRole.None;
        var suffix = parser.MetricName[family.Length..];
        return suffix.SequenceEqual("_bucket"u8) ? ClassicRole.Bucket
            : suffix.SequenceEqual("_count"u8) ? ClassicRole.Count
            : suffix.SequenceEqual("_sum"u8) ? ClassicRole.Sum
            : ClassicRole.None;
    }

    /// <summary>Whether a line that is <paramref name="part"/> goes on with what is open.</summary>
    public bool Continues(SeriesPart part) => IsOpen && part.Whole == _whole;

    /// <summary>Takes a line, which begins a histogram where none is open.</summary>
    public void Take(in ExpositionParser parser, ClassicRole role, SeriesPart part, long startMs, DecodeOutcome outcome)
    {
        if (!IsOpen) Begin(parser, part, startMs);
        switch (role)
        {
            case ClassicRole.Bucket: _histogram.AddBucket(part.Bound, parser.Value); break;
            case ClassicRole.Count: _histogram.SetCount(parser.Value); break;
            case ClassicRole.Sum: _histogram.SetSum(parser.Value); break;
        }

        // Native histograms have no exemplars without times, as with Prometheus.
        if (!parser.HasExemplar || !parser.HasExemplarTimestamp) return;
        _writer.Reset();
        parser.WriteExemplarLabels(_writer);
        if (_writer.TryFinish(out var exemplar) == LabelSetError.None && ScrapeBody.CharactersOf(exemplar) <= ScrapeBody.MaxExemplarCharacters)
            _exemplars.Add((exemplar.ToArray(), parser.ExemplarValue, parser.ExemplarTimestampMs));
        else if (!target.Histograms.ClassicBesideNative)
            ScrapeBody.RefuseExemplar(target, parser.Line, outcome);
    }

    /// <summary>Ends the histogram that is open. False, with what is wrong with it, where none can be made.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="failsScrape">Whether the whole scrape fails by it.</param>
    public bool TryEnd(out string problem, out bool failsScrape)
    {
        IsOpen = false;
        failsScrape = false;
        problem = _histogram.Finish(isGauge: false) is { } invalid ? "a classic histogram to be converted has " + invalid : "";
        if (problem.Length > 0 || Series < 0) return false;
        if (_histogram.Limit(target.Histograms) is not { } tooMany) return true;
        problem = "a converted histogram has " + tooMany;
        failsScrape = true;
        return false;
    }

    /// <summary>Adds the histogram that was ended, and its exemplars, to the series that a batch has begun.</summary>
    public void WriteTo(MetricBatch batch, long timestampMs)
    {
        batch.AddHistogram(timestampMs, _histogram.SizeBytes, _histogram.Build, _startMs);
        foreach (var (exemplar, value, at) in _exemplars) batch.AddExemplar(at, value, exemplar);
    }

    /// <summary>Forgets what is open, at the start of a scrape.</summary>
    public void Reset() => IsOpen = false;

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private void Begin(in ExpositionParser parser, SeriesPart part, long startMs)
    {
        _startMs = startMs;
        (IsOpen, _whole) = (true, part.Whole);
        OwnTimeMs = parser.HasTimestamp && target.HonorTimestamps ? parser.TimestampMs : null;
        _histogram.Clear();
        _exemplars.Clear();
        _key.Reset();
        _key.WriteByte(Mark);
        _key.Write(parser.SeriesText);
        Series = cache.Find(_key.WrittenSpan);
        if (Series >= 0) return;
        _writer.Reset();
        parser.WriteLabels(_writer, target.Features.TypeAndUnitLabels);
        if (_writer.TryFinish(out var scraped) != LabelSetError.None) return;
        var own = scraped.ToArray();
        _writer.Reset();
        var reader = new LabelSetReader(own);
        while (reader.TryRead(out var name, out var value))
        {
            if (!name.SequenceEqual("le"u8) && !name.SequenceEqual("__name__"u8)) _writer.Add(name, value);
        }

        // The family's name as the sample's was read: without the escapes of a quoted one.
        _writer.Add("__name__"u8, FamilyOf(own));
        if (_writer.TryFinish(out var whole) == LabelSetError.None
            && labels.TryMerge(whole, parser.SeriesText, out var merged) == LabelSetError.None)
        {
            Series = cache.Add(_key.WrittenSpan, merged);
        }
    }

    private static ReadOnlySpan<byte> FamilyOf(ReadOnlySpan<byte> canonicalLabels)
    {
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var name, out var value))
        {
            if (name.SequenceEqual("__name__"u8)) return value[..value.LastIndexOf((byte)'_')];
        }

        return default;
    }
}
