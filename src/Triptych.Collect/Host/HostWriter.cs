using System.Globalization;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Text;

namespace Triptych.Collect.Host;

/// <summary>Writes the text format: families with their type and help, samples with labels, values escaped. One thread at a time.</summary>
public sealed class HostWriter(PooledBufferWriter output)
{
    private string _family = "";

    /// <summary>Begins a counter.</summary>
    public HostWriter Counter(string name, string help) => Begin(name, "counter"u8, help);

    /// <summary>Begins a gauge.</summary>
    public HostWriter Gauge(string name, string help) => Begin(name, "gauge"u8, help);

    /// <summary>A sample of the family begun last, without labels.</summary>
    public void Sample(double value)
    {
        output.WriteUtf8(_family);
        End(value);
    }

    /// <summary>A sample with labels.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        output.WriteUtf8(_family);
        for (var i = 0; i < labels.Length; i++)
        {
            output.WriteByte((byte)(i == 0 ? '{' : ','));
            output.WriteUtf8(labels[i].Name);
            output.Write("=\""u8);
            Escape(labels[i].Value);
            output.WriteByte((byte)'"');
        }

        if (labels.Length > 0) output.WriteByte((byte)'}');
        End(value);
    }

    /// <summary>A number as text that does not depend on the culture.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private HostWriter Begin(string name, ReadOnlySpan<byte> type, string help)
    {
        _family = name;
        output.Write("# HELP "u8);
        output.WriteUtf8(name);
        output.WriteByte((byte)' ');
        output.WriteUtf8(help);
        output.Write("\n# TYPE "u8);
        output.WriteUtf8(name);
        output.WriteByte((byte)' ');
        output.Write(type);
        output.WriteByte((byte)'\n');
        return this;
    }

    private void End(double value)
    {
        output.WriteByte((byte)' ');
        FloatFormat.WritePrometheus(value, output);
        output.WriteByte((byte)'\n');
    }

    private void Escape(string value)
    {
        if (value.AsSpan().IndexOfAny('\\', '"', '\n') < 0) output.WriteUtf8(value);
        else
        {
            var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            output.WriteUtf8(escaped.Replace("\n", "\\n", StringComparison.Ordinal));
        }
    }
}
