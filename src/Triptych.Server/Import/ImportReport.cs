using System.Globalization;
using Triptych.Ingest.PrometheusTsdb;

namespace Triptych.Server.Import;

/// <summary>What an import found, wrote and could not read, and how it tells it.</summary>
internal sealed class ImportReport
{
    private const int MostDamageShown = 20;
    private readonly HashSet<TsdbDamage> _seen = [];
    private readonly List<string> _lines = [];

    /// <summary>Places that could not be read.</summary>
    public int DamageCount => _seen.Count;

    /// <summary>Samples that were written and read back.</summary>
    public long Samples { get; private set; }

    /// <summary>Notes damage, once.</summary>
    public void Damaged(TsdbDamage damage) => _seen.Add(damage);

    /// <summary>Notes what became of a part of the source.</summary>
    public void Done(string source, SourceCounts counts)
    {
        Samples += counts.Samples;
        var dropped = counts.Dropped == 0 ? "" : $", {Number(counts.Dropped)} deleted or double";
        var exemplars = counts.Exemplars == 0 ? "" : $", {Number(counts.Exemplars)} exemplars";
        _lines.Add($"{source}: {Number(counts.Series)} series, {Number(counts.Samples)} samples{exemplars}{dropped}; read back from {Number(counts.Blocks)} blocks and equal");
    }

    /// <summary>Notes something else about a part of the source.</summary>
    public void Note(string source, string what) => _lines.Add($"{source}: {what}");

    /// <summary>Tells everything; returns the exit code.</summary>
    public int Tell(TimeSpan duration, TextWriter output, TextWriter errors)
    {
        foreach (var line in _lines) output.WriteLine(line);
        foreach (var damage in _seen.Take(MostDamageShown)) errors.WriteLine($"damaged: {damage}");
        if (_seen.Count > MostDamageShown) errors.WriteLine($"… and {Number(_seen.Count - MostDamageShown)} more damaged places");
        var rate = Samples / Math.Max(0.001, duration.TotalSeconds);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"imported {Number(Samples)} samples in {duration.TotalSeconds:0.0} s ({Number((long)rate)} a second)"));
        if (_seen.Count == 0) return 0;
        errors.WriteLine($"{Number(_seen.Count)} places could not be read; everything else is imported. The same command tries what is damaged again, and doubles nothing");
        return 1;
    }

    /// <summary>A number for people.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>What was written of a part of the source.</summary>
internal readonly record struct SourceCounts(long Series, long Samples, long Exemplars, long Dropped, int Blocks)
{
    /// <summary>Both together.</summary>
    public SourceCounts And(Metrics.Import.ImportedBlocks more) =>
        new(Series + more.Series, Samples + more.Samples, Exemplars + more.Exemplars, Dropped + more.Dropped, Blocks + more.Blocks.Count);
}
