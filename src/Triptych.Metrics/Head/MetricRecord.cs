using System.Text;
using Triptych.Metrics.Chunks;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Storage.Wal;

namespace Triptych.Metrics.Head;

/// <summary>
/// The payload of a WAL record of metrics (docs/formats/wal.md): the outcome of an append, in columns, because neighbours compress well.
/// <code>
/// version:u8 = 1, or 2 where a sample says when what it counts began or is a running sum: then these come first, see <see cref="StartRuns"/>
/// starts:           uvarint(n)  { samples:uvarint  start - start before:zigzag }
/// histogram starts: uvarint(n)  { histograms:uvarint  start - start before:zigzag }
/// sums:             uvarint(n)  { place - place before:uvarint }                   samples that are running sums
/// series:     uvarint(n)  { number:uvarint  labels:uvarint-length bytes }     those not yet defined in this segment
/// samples:    uvarint(n)  { number - number before:zigzag }  { time - time before:zigzag }  { value:f64 }
/// histograms: uvarint(n)  { number:uvarint  time:zigzag  histogram }
/// exemplars:  uvarint(n)  { number:uvarint  time:zigzag  value:f64  labels:uvarint-length bytes }
/// metadata:   uvarint(n)  { name  type  unit  help: uvarint-length bytes }
/// </code>
/// </summary>
internal static class MetricRecord
{
    /// <summary>The most items of a kind in one record.</summary>
    public const int MaxItems = 16 * 1024 * 1024;

    private const byte Version = 1;
    private const byte VersionWithStarts = 2;

    /// <summary>Writes a record; nothing when there is nothing in it.</summary>
    public static void Write(PooledBufferWriter output, AppendScratch accepted, TenantIntake tenant)
    {
        if (accepted.IsEmpty) return;
        WriteVersion(output, accepted);
        output.WriteUnsigned((ulong)accepted.Defined.Count);
        foreach (var number in accepted.Defined)
        {
            output.WriteUnsigned((ulong)number);
            output.WriteLengthPrefixed(tenant.KeyOf(number, accepted.Key));
        }

        WriteSamples(output, accepted.Samples);
        output.WriteUnsigned((ulong)accepted.Histograms.Count);
        foreach (var (number, entry) in accepted.Histograms)
        {
            output.WriteUnsigned((ulong)number);
            output.WriteSigned(entry.TimestampMs);
            HistogramCodec.Write(output, entry.Histogram);
        }

        output.WriteUnsigned((ulong)accepted.Exemplars.Count);
        foreach (var exemplar in accepted.Exemplars)
        {
            output.WriteUnsigned((ulong)exemplar.Series);
            output.WriteSigned(exemplar.TimestampMs);
            output.WriteDouble(exemplar.Value);
            output.WriteLengthPrefixed(exemplar.Labels);
        }

        output.WriteUnsigned((ulong)accepted.Metadata.Count);
        foreach (var entry in accepted.Metadata)
        {
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.MetricName));
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Type));
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Unit));
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(entry.Help));
        }
    }

    /// <summary>Walks a whole payload, so that a record which is not one is set aside before any of it is taken in.</summary>
    /// <exception cref="InvalidDataException">The payload is not a record of metrics.</exception>
    public static void Check(ReadOnlySpan<byte> payload)
    {
        var reader = new VarintReader(payload);
        var version = reader.ReadByte();
        if (version > VersionWithStarts) throw new WalTooNewException($"a record of metrics has version {version}, this one knows {VersionWithStarts}");
        var starts = version == VersionWithStarts ? StartRuns.Skip(ref reader) : 0;
        var histogramStarts = version == VersionWithStarts ? StartRuns.Skip(ref reader) : 0;
        var lastSum = version == VersionWithStarts ? SumPlaces.Skip(ref reader) : -1;
        if (version is not (Version or VersionWithStarts))
            throw new InvalidDataException($"a record of metrics has version {version}, this program knows {Version} and {VersionWithStarts}");
        for (var n = reader.ReadCount(MaxItems); n > 0 && !reader.Failed; n--)
        {
            reader.ReadUnsigned();
            reader.ReadLengthPrefixed();
        }

        var samples = reader.ReadCount(MaxItems);
        for (var n = 2L * samples; n > 0 && !reader.Failed; n--) reader.ReadSigned();
        reader.ReadBytes((int)Math.Min(int.MaxValue, 8L * samples));
        var histograms = reader.ReadCount(MaxItems);
        for (var n = histograms; n > 0 && !reader.Failed; n--)
        {
            reader.ReadUnsigned();
            reader.ReadSigned();
            HistogramCodec.Read(ref reader);
        }

        if (starts > samples || histogramStarts > histograms) throw new InvalidDataException("a record of metrics has more starts than samples");
        if (lastSum >= samples) throw new InvalidDataException("a record of metrics has a sum behind its samples");

        for (var n = reader.ReadCount(MaxItems); n > 0 && !reader.Failed; n--)
        {
            reader.ReadUnsigned();
            reader.ReadSigned();
            reader.ReadDouble();
            reader.ReadLengthPrefixed();
        }

        for (var n = 4L * reader.ReadCount(MaxItems); n > 0 && !reader.Failed; n--) reader.ReadLengthPrefixed();
        if (reader.Failed || !reader.AtEnd) throw new InvalidDataException($"a record of metrics breaks off at byte {reader.Position}");
    }

    private static void WriteVersion(PooledBufferWriter output, AppendScratch accepted)
    {
        if (accepted.Starts.Count + accepted.Sums.Count == 0 && !accepted.Histograms.Exists(static h => h.Entry.StartMs != 0))
        {
            output.WriteByte(Version);
            return;
        }

        output.WriteByte(VersionWithStarts);
        StartRuns.Write(output, accepted.Starts);
        var ofHistograms = accepted.Histograms.Index().Where(static h => h.Item.Entry.StartMs != 0);
        StartRuns.Write(output, [.. ofHistograms.Select(static h => (h.Index, h.Item.Entry.StartMs))]);
        SumPlaces.Write(output, accepted.Sums);
    }

    /// <summary>Reads the version, and what else is said of samples and of histograms, of a payload that <see cref="Check"/> has walked.</summary>
    public static void ReadDetails(
        ref VarintReader reader, ReadOnlySpan<byte> payload, out StartRuns starts, out StartRuns histogramStarts, out SumPlaces sums)
    {
        starts = histogramStarts = default;
        sums = default;
        if (reader.ReadByte() != VersionWithStarts) return;
        starts = new StartRuns(ref reader, payload);
        histogramStarts = new StartRuns(ref reader, payload);
        sums = new SumPlaces(ref reader, payload);
    }

    private static void WriteSamples(PooledBufferWriter output, List<AcceptedSample> samples)
    {
        output.WriteUnsigned((ulong)samples.Count);
        var number = 0L;
        foreach (var sample in samples)
        {
            output.WriteSigned(sample.Series - number);
            number = sample.Series;
        }

        var time = 0L;
        foreach (var sample in samples)
        {
            output.WriteSigned(sample.TimestampMs - time);
            time = sample.TimestampMs;
        }

        foreach (var sample in samples) output.WriteDouble(sample.Value);
    }
}
