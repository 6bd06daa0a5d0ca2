using System.Text;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Labels as <c>TimeSeries</c> of remote write 1 has them: fields <c>Label{name 1, value 2}</c> with the number 1 in a row. Any thread may call.
/// </summary>
internal sealed class RemoteWriteLabels : IWireLabels
{
    private RemoteWriteLabels()
    {
    }

    /// <summary>The only one.</summary>
    public static RemoteWriteLabels Instance { get; } = new();

    /// <inheritdoc/>
    public string? Canonicalise(ReadOnlySpan<byte> wire, LabelSetWriter writer, out ReadOnlySpan<byte> canonical)
    {
        writer.Reset();
        var reader = new ProtoReader(wire);
        while (reader.TryReadTag(out _, out _)) Read(ref reader, reader.ReadMessage(), writer);
        var error = writer.TryFinish(out canonical);
        if (reader.Error != ProtoError.None) return "a series has labels that are not protobuf";
        return error == LabelSetError.None ? FindProblem(canonical) : Describe(error, wire);
    }

    /// <summary>What is wrong with labels that are a set, in words that show them, or null.</summary>
    public static string? FindProblem(ReadOnlySpan<byte> canonical) => Check(canonical) is { } problem ? Describe(problem, canonical) : null;

    /// <summary>Reads one <c>Label</c>.</summary>
    public static void Read(scoped ref ProtoReader parent, ProtoReader label, LabelSetWriter into)
    {
        ReadParts(ref label, out var name, out var value);
        if (parent.Absorb(label)) into.Add(name, value);
    }

    /// <summary>Whether all names and values are UTF-8.</summary>
    public static bool AreValid(ReadOnlySpan<byte> canonical)
    {
        // Almost all sets are ASCII throughout, lengths included; only the others are looked at label by label.
        if (Ascii.IsValid(canonical)) return true;
        var reader = new LabelSetReader(canonical);
        while (reader.TryRead(out var name, out var value))
        {
            if (!Utf8Text.IsValid(name) || !Utf8Text.IsValid(value)) return false;
        }

        return true;
    }

    /// <summary>What is wrong with a series' labels, or null.</summary>
    private static string? Check(ReadOnlySpan<byte> labels)
    {
        if (!AreValid(labels)) return "text that is not valid UTF-8";
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var name, out _))
        {
            if (name.SequenceEqual("__name__"u8)) return null;
        }

        return "no metric name";
    }

    private static void ReadParts(ref ProtoReader label, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        while (label.TryReadTag(out var field, out _))
        {
            if (field == 1) name = label.ReadBytes();
            else if (field == 2) value = label.ReadBytes();
        }
    }

    private static string Describe(LabelSetError error, ReadOnlySpan<byte> wire)
    {
        var sent = new SentLabels();
        var reader = new ProtoReader(wire);
        while (reader.TryReadTag(out _, out _))
        {
            var label = reader.ReadMessage();
            ReadParts(ref label, out var name, out var value);
            if (reader.Absorb(label)) sent.Add(name, value);
        }

        return sent.Describe(error);
    }

    private static string Describe(string problem, ReadOnlySpan<byte> labels)
    {
        var shown = string.Join(", ", LabelSet.Decode(labels).Take(8).Select(l => $"{l.Key}=\"{l.Value}\""));
        return $"a series has labels with {problem}: {{{(shown.Length > 200 ? shown[..200] : shown)}}}";
    }
}
