using System.Text;
using Triptych.Ingest;
using Triptych.Ingest.Syslog;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Syslog;

/// <summary>
/// One connection: what a read brought is cut into messages, appended, and only then forgotten. The buffer grows with the longest message that comes, up to
/// the limit. One thread at a time.
/// </summary>
internal sealed class SyslogConnection : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    // A length and its space.
    private const int MostHeadBytes = 16;

    private static readonly TimeSpan MemoryRetry = TimeSpan.FromSeconds(1);

    private readonly SyslogIntake _intake;
    private readonly int _maxBytes;
    private readonly byte[] _address;
    private readonly LogBatch _batch;
    private readonly DecodeOutcome _outcome = new();
    private readonly SyslogDecoder _decoder;
    private PooledBytes _buffer = PooledBytes.Rent(FirstBytes);
    private int _filled;

    // Of a message that is too long: bytes that are still to be passed over; -1 for up to the next line end.
    private long _skip;

    /// <summary>Begins with nothing.</summary>
    public SyslogConnection(SyslogIntake intake, int maxBytes, string address)
    {
        _intake = intake;
        _maxBytes = maxBytes;
        _address = Encoding.ASCII.GetBytes(address);
        _batch = new LogBatch(intake.Budget);
        _decoder = intake.NewDecoder(_batch, _outcome);
    }

    /// <summary>Reads to the end of the stream.</summary>
    /// <param name="stream">What the sender writes to.</param>
    /// <param name="onRead">Called before each read.</param>
    /// <param name="reading">Ends reading.</param>
    /// <param name="appending">Ends waiting for the store.</param>
    public async Task RunAsync(Stream stream, Action onRead, CancellationToken reading, CancellationToken appending)
    {
        while (true)
        {
            onRead();
            var read = await stream.ReadAsync(_buffer.Memory[_filled..], reading);
            if (read == 0) break;
            _filled += read;
            await TakeAsync(isEnd: false, appending);
            MakeRoom();
        }

        await TakeAsync(isEnd: true, appending);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _batch.Dispose();
        _buffer.Dispose();
    }

    private async Task TakeAsync(bool isEnd, CancellationToken appending)
    {
        while (true)
        {
            try
            {
                var skip = _skip;
                var left = Decode(isEnd, ref skip);
                if (_batch.Entries.Length > 0 || _outcome.Refusals.Count > 0) await _intake.AppendAsync(_batch, _outcome, appending);
                _skip = skip;
                _buffer.Span[(_filled - left).._filled].CopyTo(_buffer.Span);
                _filled = left;
                return;
            }
            catch (MemoryBudgetExceededException)
            {
                // Others have all of it: the same bytes are tried again, and the sender waits.
            }
            finally
            {
                _batch.Clear();
                _outcome.Clear();
            }

            await Task.Delay(MemoryRetry, _intake.Time, appending);
        }
    }

    /// <summary>Decodes all whole messages; returns how many bytes are left.</summary>
    private int Decode(bool isEnd, ref long skip)
    {
        ReadOnlySpan<byte> rest = _buffer.Span[.._filled];
        var now = _intake.Time.GetUtcNow();
        while (TrySkip(ref rest, ref skip))
        {
            var kind = SyslogFrames.Next(ref rest, _maxBytes, out var message, out var tooLong);
            if (kind == SyslogFrameKind.Message)
            {
                _decoder.Take(message, now, _address);
            }
            else if (kind == SyslogFrameKind.TooLong)
            {
                skip = tooLong;
                _outcome.Refuse("line_too_long", $"a message is longer than {_maxBytes} bytes");
            }
            else
            {
                // The last message need not have an end of its own.
                if (isEnd && !rest.IsEmpty) _decoder.Take(rest, now, _address);
                return isEnd ? 0 : rest.Length;
            }
        }

        return 0;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, ref long skip)
    {
        if (skip == 0) return true;
        var end = skip < 0 ? rest.IndexOf((byte)'\n') : (int)Math.Min(skip, rest.Length);
        if (end < 0 || (skip > 0 && end < skip))
        {
            if (skip > 0) skip -= end;
            return false;
        }

        rest = rest[end..];
        skip = 0;
        return true;
    }

    private void MakeRoom()
    {
        if (_filled < _buffer.Length) return;
        var larger = PooledBytes.Rent((int)Math.Min(_buffer.Length * 2L, _maxBytes + MostHeadBytes + FirstBytes));
        _buffer.Span[.._filled].CopyTo(larger.Span);
        _buffer.Dispose();
        _buffer = larger;
    }
}
