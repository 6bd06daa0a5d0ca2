using System.Runtime.CompilerServices;

namespace Triptych.Primitives.Checksums;

/// <summary>
/// A 128-bit content hash: XXH64 under two seeds in one pass. Wide enough that accidental collisions do not happen; not proof against
/// an adversary. <see cref="Hi"/> is XXH64 with the seed itself. The value is stored on disk: the construction does not change.
/// </summary>
public readonly record struct Hash128(ulong Hi, ulong Lo) : IComparable<Hash128>
{
    internal const ulong SecondSeedOffset = 0x9E3779B97F4A7C15;

    public static Hash128 Compute(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        var hi = new XxHash64Lanes(seed);
        var lo = new XxHash64Lanes(seed + SecondSeedOffset);
        var rest = data;
        while (rest.Length >= XxHash64Lanes.StripeLength)
        {
            hi.Consume(rest);
            lo.Consume(rest);
            rest = rest[XxHash64Lanes.StripeLength..];
        }

        return new Hash128(hi.Finish(rest, (ulong)data.Length), lo.Finish(rest, (ulong)data.Length));
    }

    public int CompareTo(Hash128 other) => Hi != other.Hi ? Hi.CompareTo(other.Hi) : Lo.CompareTo(other.Lo);

    public static bool operator <(Hash128 left, Hash128 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash128 left, Hash128 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash128 left, Hash128 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash128 left, Hash128 right) => left.CompareTo(right) >= 0;

    /// <summary>32 hexadecimal digits, <see cref="Hi"/> first.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Hi:x16}{Lo:x16}");
}

/// <summary>
/// A <see cref="Hash128"/> over chunks: equal to <see cref="Hash128.Compute"/> over all of them in a row. Where one chunk ends leaves
/// no trace: <see cref="AppendDelimited"/> adds the length in front, for parts such as tenant and signal that must not run together.
/// A mutable struct: keep it in a local, pass it by reference.
/// </summary>
public struct Hash128Builder(ulong seed)
{
    private XxHash64Lanes _hi = new(seed);
    private XxHash64Lanes _lo = new(seed + Hash128.SecondSeedOffset);
    private Stripe _pending;
    private int _pendingLength;
    private ulong _totalLength;

    [InlineArray(XxHash64Lanes.StripeLength)]
    private struct Stripe
    {
        private byte _first;
    }

    /// <summary>Seed 0. A <c>default</c> value is not a usable builder.</summary>
    public Hash128Builder()
        : this(0)
    {
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _totalLength += (ulong)data.Length;
        Span<byte> pending = _pending;
        if (_pendingLength > 0)
        {
            var take = Math.Min(XxHash64Lanes.StripeLength - _pendingLength, data.Length);
            data[..take].CopyTo(pending[_pendingLength..]);
            _pendingLength += take;
            data = data[take..];
            if (_pendingLength < XxHash64Lanes.StripeLength)
                return;
            Consume(pending);
            _pendingLength = 0;
        }

        while (data.Length >= XxHash64Lanes.StripeLength)
        {
            Consume(data);
            data = data[XxHash64Lanes.StripeLength..];
        }

        data.CopyTo(pending);
        _pendingLength = data.Length;
    }

    /// <summary>Eight bytes, little-endian.</summary>
    public void Append(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Append(bytes);
    }

    /// <summary>The length as eight bytes, then the data.</summary>
    public void AppendDelimited(ReadOnlySpan<byte> data)
    {
        Append((ulong)data.Length);
        Append(data);
    }

    /// <summary>The hash of all chunks so far; more may follow.</summary>
    public readonly Hash128 ToHash()
    {
        ReadOnlySpan<byte> pending = _pending;
        pending = pending[.._pendingLength];
        return new Hash128(_hi.Finish(pending, _totalLength), _lo.Finish(pending, _totalLength));
    }

    private void Consume(ReadOnlySpan<byte> stripe)
    {
        _hi.Consume(stripe);
        _lo.Consume(stripe);
    }
}
