using System.Buffers.Binary;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// Reads the records of one segment of a write-ahead log, <c>wal/NNNNNNNN</c>. A segment is pages of 32 KiB, a page is fragments, and zeros to its end:
/// <code>
/// fragment := type:u8  length:u16  crc32c(data):u32  data
/// type &amp; 7: 1 whole record, 2 first, 3 middle, 4 last; &amp; 8 snappy, &amp; 16 zstd (of the whole record)
/// </code>
/// Damage costs the record that it is in; reading goes on at the next page. One thread; the owner disposes it.
/// </summary>
public sealed class WalReader : IDisposable
{
    private const int PageBytes = 32 * 1024;
    private const int HeaderBytes = 7;
    private const int MaxRecordBytes = 256 * 1024 * 1024;
    private const byte TypeMask = 7;
    private const byte SnappyFlag = 8;
    private const byte ZstdFlag = 16;
    private const byte Whole = 1;
    private const byte First = 2;
    private const byte Last = 4;

    private readonly SourceFile _file;
    private readonly Action<TsdbDamage> _onDamage;
    private readonly PooledBufferWriter _record = new();
    private PooledBytes? _plain;
    private long _position;
    private bool _isBehindDamage;

    /// <summary>Opens a segment.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onDamage">Told of each place that cannot be read.</param>
    /// <exception cref="TsdbDamageException">It cannot be opened.</exception>
    public WalReader(string path, Action<TsdbDamage> onDamage)
    {
        _file = new SourceFile(path);
        _onDamage = onDamage;
    }

    /// <summary>How far it is, in bytes.</summary>
    public long Position => _position;

    /// <summary>Where the record that was read last begins.</summary>
    public long RecordOffset { get; private set; }

    /// <summary>The next record, not compressed, valid until the next call; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> record)
    {
        while (_position < _file.Length)
        {
            try
            {
                if (!TryReadRecord(out record)) continue;
                _isBehindDamage = false;
                return true;
            }
            catch (TsdbDamageException e)
            {
                _onDamage(e.Damage);
                _isBehindDamage = true;
                _position = ((_position / PageBytes) + 1) * PageBytes;
            }
        }

        record = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _record.Dispose();
        _plain?.Dispose();
    }

    /// <summary>A record, or false where there is none up to the end of the page.</summary>
    private bool TryReadRecord(out ReadOnlySpan<byte> record)
    {
        record = default;
        _record.Reset();
        byte before = 0;
        while (true)
        {
            var start = _position;
            var left = PageBytes - (int)(start % PageBytes);
            if (start >= _file.Length)
            {
                if (before == 0) return false;
                throw new TsdbDamageException(_file.Path, RecordOffset, "a record breaks off");
            }

            var type = left < HeaderBytes ? (byte)0 : _file.Read(start, 1)[0];
            if (type == 0)
            {
                SkipZeros(start, left);
                if (before == 0) return false;
                continue;
            }

            if (before == 0) RecordOffset = start;
            var data = ReadFragment(start, left);
            var kind = type & TypeMask;
            var isExpected = before == 0 ? kind is Whole or First : kind is not (Whole or First) && ((before ^ type) & ~TypeMask) == 0;
            if (kind > Last || (type & ~(TypeMask | SnappyFlag | ZstdFlag)) != 0 || (type & ZstdFlag) != 0 && (type & SnappyFlag) != 0)
                throw new TsdbDamageException(_file.Path, start, $"a fragment has the type {type}, which this version does not know");
            if (before == 0 && !isExpected && _isBehindDamage)
            {
                // What is left of the record that is lost.
                _position = start + HeaderBytes + data.Length;
                continue;
            }

            if (!isExpected) throw new TsdbDamageException(_file.Path, start, "a fragment does not go on from the one before it");
            _position = start + HeaderBytes + data.Length;
            if (kind == Whole)
            {
                record = Decompress(type, data);
                return true;
            }

            if (_record.Length + data.Length > MaxRecordBytes) throw new TsdbDamageException(_file.Path, RecordOffset, $"a record has more than {MaxRecordBytes} bytes");
            data.CopyTo(_record.GetSpan(data.Length));
            _record.Advance(data.Length);
            before = type;
            if (kind != Last) continue;
            record = Decompress(type, _record.WrittenSpan);
            return true;
        }
    }

    private ReadOnlySpan<byte> ReadFragment(long start, int left)
    {
        var header = _file.Read(start, HeaderBytes);
        int length = BinaryPrimitives.ReadUInt16BigEndian(header[1..]);
        var checksum = BinaryPrimitives.ReadUInt32BigEndian(header[3..]);
        if (length > left - HeaderBytes) throw new TsdbDamageException(_file.Path, start, "a fragment reaches beyond its page");
        var data = _file.Read(start + HeaderBytes, length);
        return Crc32C.Compute(data) == checksum ? data : throw new TsdbDamageException(_file.Path, start, "the checksum of a fragment does not match");
    }

    private void SkipZeros(long start, int left)
    {
        var rest = _file.ReadUpTo(start, left);
        var other = rest.IndexOfAnyExcept((byte)0);
        if (other >= 0) throw new TsdbDamageException(_file.Path, start + other, "behind the last record of a page there is something else than zeros");
        _position = start + rest.Length;
    }

    private ReadOnlySpan<byte> Decompress(byte type, ReadOnlySpan<byte> data)
    {
        if ((type & (SnappyFlag | ZstdFlag)) == 0) return data;
        _plain?.Dispose();
        _plain = null;
        var status = (type & SnappyFlag) != 0
            ? Snappy.TryDecompress(data, MaxRecordBytes, budget: null, out _plain)
            : Zstd.TryDecompress(data, MaxRecordBytes, budget: null, out _plain);
        return status == CodecStatus.Done ? _plain!.Span : throw new TsdbDamageException(_file.Path, RecordOffset, "a compressed record cannot be decompressed");
    }
}
