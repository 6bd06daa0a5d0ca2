using System.Numerics;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>What one body says about the metrics of its series, passed on once; see <see cref="MetadataRepeats"/>. One owner, one thread at a time.</summary>
internal sealed class SaidMetadata(SymbolTable symbols, TenantId tenant, MetadataRepeats repeats, MetricBatch batch)
{
    private const int Histogram = 3;
    private const int GaugeHistogram = 4;
    private const int Summary = 5;

    private readonly ulong _tenant = XxHash64.Compute(System.Text.Encoding.UTF8.GetBytes(tenant.Name));
    private readonly ulong _minute = repeats.ThisMinute;

    // The series of a metric stand together, and say the same of it.
    private (uint Metric, int Type, uint Help, uint Unit) _last = (SymbolTable.None, 0, 0, 0);

    /// <summary>Reads type and unit alone.</summary>
    public static (int Type, uint Unit) ReadTypeAndUnit(scoped ref ProtoReader parent, ProtoReader metadata)
    {
        var type = 0;
        uint unit = 0;
        while (metadata.TryReadTag(out var field, out _))
        {
            if (field == 1) type = metadata.ReadInt32();
            else if (field == 4) unit = metadata.ReadUInt32();
        }

        parent.Absorb(metadata);
        return (type, unit);
    }

    /// <summary>Reads <c>Metadata{type 1, help_ref 3, unit_ref 4}</c>; false where a reference leads nowhere.</summary>
    public bool Read(scoped ref ProtoReader parent, ProtoReader metadata, uint metricName)
    {
        var type = 0;
        uint help = 0;
        uint unit = 0;
        while (metadata.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: type = metadata.ReadInt32(); break;
                case 3: help = metadata.ReadUInt32(); break;
                case 4: unit = metadata.ReadUInt32(); break;
            }
        }

        if (!parent.Absorb(metadata)) return true;
        if (help >= (uint)symbols.Count || unit >= (uint)symbols.Count) return false;
        if (_last == (metricName, type, help, unit)) return true;
        if (metricName == SymbolTable.None || (type == 0 && help == 0 && unit == 0)) return true;
        var said = SymbolTable.EmptyHash;
        said.Add(symbols.HashOf(metricName));
        said.Add(symbols.HashOf(help));
        said.Add(symbols.HashOf(unit));
        said.Add(new Hash128(_tenant, BitOperations.RotateLeft(_tenant, 32) ^ (uint)type));
        _last = (metricName, type, help, unit);
        if (repeats.IsNew(said.Finish(), _minute))
        {
            batch.AddMetadata(FamilyOf(symbols.TextOf(metricName), type), MetricTypes.NameOf(type), symbols.TextOf(unit), symbols.TextOf(help));
        }

        return true;
    }

    /// <summary>The family that a series belongs to, under whose name metadata is looked up.</summary>
    private static ReadOnlySpan<byte> FamilyOf(ReadOnlySpan<byte> name, int type)
    {
        ReadOnlySpan<byte> suffix = type switch
        {
            Histogram or GaugeHistogram when name.EndsWith("_bucket"u8) => "_bucket"u8,
            GaugeHistogram when name.EndsWith("_gcount"u8) => "_gcount"u8,
            GaugeHistogram when name.EndsWith("_gsum"u8) => "_gsum"u8,
            Histogram or GaugeHistogram or Summary when name.EndsWith("_count"u8) => "_count"u8,
            Histogram or GaugeHistogram or Summary when name.EndsWith("_sum"u8) => "_sum"u8,
            _ => default,
        };
        return suffix.Length < name.Length ? name[..^suffix.Length] : name;
    }
}
