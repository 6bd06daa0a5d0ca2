using System.Text;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.Metrics.Tests.Head;

/// <summary>Reads "name=value;metric": a part without a value is the metric's name; what begins with ! is wrong, and the rest says why.</summary>
internal sealed class TestWireLabels : IWireLabels
{
    public int Calls { get; private set; }

    public string? Canonicalise(ReadOnlySpan<byte> wire, LabelSetWriter writer, out ReadOnlySpan<byte> canonical)
    {
        Calls++;
        canonical = default;
        var text = Encoding.UTF8.GetString(wire);
        if (text.StartsWith('!')) return text[1..];
        writer.Reset();
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            writer.Add(Encoding.UTF8.GetBytes(equals < 0 ? LabelNames.MetricName : part[..equals]), Encoding.UTF8.GetBytes(part[(equals + 1)..]));
        }

        return writer.TryFinish(out canonical) == LabelSetError.None ? null : "bad";
    }
}
