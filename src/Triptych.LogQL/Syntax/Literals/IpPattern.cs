using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>The argument of <c>ip("…")</c>: one address, a range <c>a-b</c>, or a CIDR block; IPv4 or IPv6.</summary>
public sealed class IpPattern
{
    private readonly byte[] _low;
    private readonly byte[] _high;

    private IpPattern(byte[] low, byte[] high)
    {
        _low = low;
        _high = high;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out IpPattern? pattern)
    {
        pattern = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (!IPNetwork.TryParse(text, out var network) && !TryParseLoose(text, slash, out network))
                return false;
            var low = network.BaseAddress.GetAddressBytes();
            var high = (byte[])low.Clone();
            for (var bit = network.PrefixLength; bit < high.Length * 8; bit++)
                high[bit / 8] |= (byte)(0x80 >> (bit % 8));
            pattern = new IpPattern(low, high);
        }
        else if (dash >= 0)
        {
            if (!TryParseAddress(text.AsSpan(0, dash), out var low) || !TryParseAddress(text.AsSpan(dash + 1), out var high)
                || low.Length != high.Length || low.AsSpan().SequenceCompareTo(high) > 0)
                return false;
            pattern = new IpPattern(low, high);
        }
        else if (TryParseAddress(text, out var single))
        {
            pattern = new IpPattern(single, single);
        }
        return pattern is not null;
    }

    /// <summary>A pattern that is known to be valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static IpPattern Parse(string text) =>
        TryParse(text, out var pattern) ? pattern : throw new ArgumentException("invalid address pattern", nameof(text));

    public bool Contains(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written) || written != _low.Length)
            return false;
        bytes = bytes[..written];
        return bytes.SequenceCompareTo(_low) >= 0 && bytes.SequenceCompareTo(_high) <= 0;
    }

    /// <summary>A block whose address has bits behind the prefix, as in 10.1.2.3/8: the block that contains it.</summary>
    private static bool TryParseLoose(string text, int slash, out IPNetwork network)
    {
        network = default;
        if (!TryParseAddress(text.AsSpan(0, slash), out var bytes)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            || prefix > bytes.Length * 8)
            return false;
        for (var bit = prefix; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        network = new IPNetwork(new IPAddress(bytes), prefix);
        return true;
    }

    private static bool TryParseAddress(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        text = text.Trim();
        if (!IPAddress.TryParse(text, out var address))
            return false;
        // .NET also reads "10" and "10.1" as addresses; four parts are needed here.
        if (address.AddressFamily == AddressFamily.InterNetwork && text.Count('.') != 3)
            return false;
        bytes = address.GetAddressBytes();
        return true;
    }
}
