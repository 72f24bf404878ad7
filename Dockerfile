# docker build -t lk-transfer .
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm pack --ignore-scripts && tar -xzf lk-transfer-*.tgz

FROM node:24-alpine
COPY --from=build /build/package /opt/lk-transfer
# What a run keeps: the record of transfers, and what is known of trunks. Mount a volume here.
ENV XDG_STATE_HOME=/state
RUN mkdir /state /work && chown 1000:1000 /state /work
WORKDIR /work
# By its number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "--", "/opt/lk-transfer/bin/lk-transfer.js"]
