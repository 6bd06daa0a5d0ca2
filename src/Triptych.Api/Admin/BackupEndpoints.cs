using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Storage.Backup;

namespace Triptych.Api.Admin;

/// <summary>
/// What <c>triptych backup</c> asks: <c>POST /api/triptych/v1/backups</c> turns everything acknowledged into blocks, pins them and answers with the
/// manifest (without checksums) and a <c>Location</c>; <c>GET &lt;location&gt;/objects/&lt;key&gt;</c> sends an object and its SHA-256
/// (<see cref="ObjectTransfer"/>); <c>DELETE &lt;location&gt;</c> lets go.
/// </summary>
/// <param name="begin">Flushes and pins; null while the write-ahead log is being replayed.</param>
/// <param name="sessions">Those that are open.</param>
public sealed class BackupEndpoints(Func<CancellationToken, Task<IBackupSource?>> begin, BackupSessions sessions)
{
    private const string Path = "/api/triptych/v1/backups";
    private static readonly TimeSpan FlushTime = TimeSpan.FromMinutes(10);

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Ui);
        routes.MapPost(Path, BeginAsync).WithMetadata(family);
        routes.MapGet(Path + "/{session:guid}/objects/{**key}", SendAsync).WithMetadata(family);
        routes.MapDelete(Path + "/{session:guid}", EndAsync).WithMetadata(family);
    }

    private async Task BeginAsync(HttpContext context)
    {
        var response = context.Response;
        if (await TryBeginAsync(context) is not { } source) return;
        if (sessions.TryAdd(source) is not { } id)
        {
            await source.DisposeAsync();
            await PlainText.WriteAsync(response, StatusCodes.Status429TooManyRequests, $"{BackupSessions.MaxOpen} backups are being made already");
            return;
        }

        response.StatusCode = StatusCodes.Status201Created;
        response.ContentType = "application/json";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"{Path}/{id:D}");
        var isSent = false;
        try
        {
            await source.Content.WriteAsync(response.Body, context.RequestAborted);
            isSent = true;
        }
        finally
        {
            if (!isSent) await sessions.CloseAsync(id);
        }
    }

    private async Task<IBackupSource?> TryBeginAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(FlushTime);
        try
        {
            if (await begin(limit.Token) is { } source) return source;
            await PlainText.WriteAsync(context.Response, StatusCodes.Status503ServiceUnavailable, "the write-ahead log is still being replayed");
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await PlainText.WriteAsync(
                context.Response, StatusCodes.Status503ServiceUnavailable, $"what is in memory did not become blocks within {FlushTime.TotalMinutes:0} minutes; the server's diagnostics say why");
        }
        catch (IOException e)
        {
            await PlainText.WriteAsync(context.Response, StatusCodes.Status503ServiceUnavailable, e.Message.ReplaceLineEndings(" "));
        }

        return null;
    }

    private async Task SendAsync(HttpContext context, Guid session, string key)
    {
        var response = context.Response;
        using var use = sessions.TryUse(session, key);
        if (use is null)
        {
            await PlainText.WriteAsync(response, StatusCodes.Status404NotFound, "there is no such backup any more, or no such object in it");
            return;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = ObjectTransfer.LengthOf(use.Block);
        try
        {
            await ObjectTransfer.SendAsync(use.Source, use.Block, response.Body, context.RequestAborted);
        }
        catch (BlockLostException e) when (!response.HasStarted)
        {
            response.ContentLength = null;
            await PlainText.WriteAsync(response, StatusCodes.Status410Gone, e.Reason);
        }
    }

    private async Task EndAsync(HttpContext context, Guid session) =>
        context.Response.StatusCode = await sessions.CloseAsync(session) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
}
