using System.Text;
using Triptych.Ingest.Exposition;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;

namespace Triptych.Collect.Scrape;

/// <summary>
/// What a target says about its metrics, kept as strings from scrape to scrape. At most <see cref="MaxFamilies"/>; further ones go without.
/// One thread at a time.
/// </summary>
internal sealed class FamilyCache
{
    /// <summary>The most metric families of one target whose metadata is kept.</summary>
    public const int MaxFamilies = 20_000;

    private readonly Dictionary<ulong, Family> _families = [];
    private readonly List<Family> _seen = [];

    /// <summary>Begins a scrape.</summary>
    public void Begin() => _seen.Clear();

    /// <summary>Takes all that a protobuf exposition says about a metric.</summary>
    public void Take(ReadOnlySpan<byte> name, string type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit, int pass)
    {
        if (Find(name, pass) is not { } family) return;
        if (family.Entry.Type != type) family.Entry = family.Entry with { Type = type };
        var helpHash = XxHash64.Compute(help);
        if (family.HelpHash != helpHash)
        {
            family.HelpHash = helpHash;
            family.Entry = family.Entry with { Help = Encoding.UTF8.GetString(help) };
        }

        var unitHash = XxHash64.Compute(unit);
        if (family.UnitHash == unitHash) return;
        family.UnitHash = unitHash;
        family.Entry = family.Entry with { Unit = Encoding.UTF8.GetString(unit) };
    }

    /// <summary>Takes a TYPE, HELP or UNIT line.</summary>
    public void Take(in ExpositionParser parser, ExpositionItem item, int pass, bool isOpenMetrics)
    {
        if (Find(parser.MetricName, pass) is not { } family) return;
        var hash = XxHash64.Compute(parser.Text);
        switch (item)
        {
            case ExpositionItem.Type when family.TypeHash != hash:
                family.TypeHash = hash;
                var type = Encoding.UTF8.GetString(parser.Text);
                family.Entry = family.Entry with { Type = type == "untyped" ? "unknown" : type };
                break;
            case ExpositionItem.Help when family.HelpHash != hash:
                family.HelpHash = hash;
                family.Entry = family.Entry with { Help = Unescape(Encoding.UTF8.GetString(parser.Text), isOpenMetrics) };
                break;
            case ExpositionItem.Unit when family.UnitHash != hash:
                family.UnitHash = hash;
                family.Entry = family.Entry with { Unit = Encoding.UTF8.GetString(parser.Text) };
                break;
        }
    }

    /// <summary>Adds what the scrape said to a batch.</summary>
    public void WriteTo(MetricBatch batch)
    {
        foreach (var family in _seen) batch.AddMetadata(family.Entry);
    }

    private Family? Find(ReadOnlySpan<byte> name, int pass)
    {
        var key = XxHash64.Compute(name);
        if (!_families.TryGetValue(key, out var family))
        {
            if (_families.Count >= MaxFamilies) return null;
            _families[key] = family = new Family(Encoding.UTF8.GetString(name));
        }

        if (family.Pass == pass) return family;
        family.Pass = pass;
        _seen.Add(family);
        return family;
    }

    private static string Unescape(string help, bool isOpenMetrics)
    {
        if (!help.Contains('\\', StringComparison.Ordinal)) return help;
        var text = new StringBuilder(help.Length);
        for (var i = 0; i < help.Length; i++)
        {
            var next = i + 1 < help.Length ? help[i + 1] : '\0';
            if (help[i] == '\\' && (next is 'n' or '\\' || (next == '"' && isOpenMetrics)))
            {
                text.Append(next == 'n' ? '\n' : next);
                i++;
            }
            else
            {
                text.Append(help[i]);
            }
        }

        return text.ToString();
    }

    private sealed class Family(string name)
    {
        public MetadataEntry Entry { get; set; } = new(name, "unknown", "", "");

        public int Pass { get; set; }

        public ulong TypeHash { get; set; }

        public ulong HelpHash { get; set; }

        public ulong UnitHash { get; set; }
    }
}
